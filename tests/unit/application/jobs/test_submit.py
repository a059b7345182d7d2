import errno
import io
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import BinaryIO
from uuid import UUID

import pytest

from adapters.memory.clock import MemoryClock
from adapters.memory.imaging import MemoryImaging
from adapters.memory.pictures import document
from calls import calls_of
from ocrcore import LOCAL_OWNER, ItemStatus, JobOptions, JobStatus, OcrService, Policy, Refusal, Upload
from ocrcore.domain.errors import (
    CommitUnknown,
    DatabaseUnavailable,
    EmptyFile,
    FileTooLarge,
    JobNotFound,
    NoFiles,
    QueueUnavailable,
    StorageFull,
    StorageUnavailable,
    TooManyFiles,
    UnsupportedImage,
)
from ocrcore.domain.task import Task
from ocrcore.ports.imaging import Header
from worlds import START, World, picture, uploads


def test_a_job_has_one_item_for_each_file_in_order() -> None:
    world = World()
    job = world.submit("ONE", "TWO")
    assert [item.filename for item in world.items(job)] == ["0.png", "1.png"]
    assert [item.position for item in world.items(job)] == [0, 1]
    assert (job.status, job.counts.total, job.counts.pending) == (JobStatus.PENDING, 2, 2)


def test_the_uploaded_bytes_are_stored_unaltered_under_the_items_id() -> None:
    world = World()
    item = world.item(world.submit("ONE"))
    assert item.s3_key == f"jobs/{item.job_id}/{item.id}.png"
    assert world.context.documents.get(item.s3_key) == picture("ONE")


def test_the_deadline_runs_from_submission() -> None:
    assert World().submit(expires_in=timedelta(hours=1)).sqs_retention_deadline == START + timedelta(hours=1)


def test_every_item_gets_one_message_with_the_five_keys() -> None:
    world = World()
    job = world.submit("ONE", "TWO")
    tasks = [Task.from_json(message.body) for message in world.messages()]
    assert {task.item_id for task in tasks} == {item.id for item in world.items(job)}
    assert {task.s3_bucket for task in tasks} == {"memory"}


def test_the_name_is_the_first_files_by_default() -> None:
    world = World()
    assert world.submit().name == "0.png"
    assert world.owned.submit(uploads("A"), name="Invoices").name == "Invoices"
    assert world.owned.submit([Upload("\u202e\n", io.BytesIO(picture()))]).name == "untitled"


@pytest.mark.parametrize(
    ("files", "error", "index"),
    [
        ([], NoFiles, None),
        ([b"PICTURE:A", b"", b"x"], EmptyFile, 1),
        ([b"PICTURE:A"] * 4, TooManyFiles, None),
        ([b"PICTURE:" + b"A" * 100], FileTooLarge, 0),
        ([b"PICTURE:A", b"#!/bin/sh"], UnsupportedImage, 1),
    ],
)
def test_one_bad_file_refuses_the_whole_request(files: list[bytes], error: type[Refusal], index: int | None) -> None:
    world = World(Policy(max_files=3, max_file_bytes=50))
    with pytest.raises(error) as refused:
        world.owned.submit([Upload("a.png", io.BytesIO(content)) for content in files])
    assert refused.value.index == index
    assert not world.database.jobs
    assert not world.context.documents.keys("", 10)


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ([b"A"] * 4, "A job takes at most 3 files; split the request."),
        ([picture(), b""], "File 2 (a.png): The file is empty."),
        ([b"PICTURE:" + b"A" * 43], "File 1 (a.png): The file is larger than 50 bytes."),
    ],
)
def test_a_refused_file_is_told_in_one_sentence(files: list[bytes], sentence: str) -> None:
    world = World(Policy(max_files=3, max_file_bytes=50))
    with pytest.raises(Refusal) as refused:
        world.owned.submit([Upload("a.png", io.BytesIO(content)) for content in files])
    assert str(refused.value) == sentence


def test_a_file_of_one_byte_is_not_empty() -> None:
    with pytest.raises(UnsupportedImage):
        World().owned.submit([Upload("a.png", io.BytesIO(b"x"))])


class PositionedImaging(MemoryImaging):
    """Remembers where each file stood, and its place among those of its submission."""

    def __init__(self) -> None:
        self.positions: list[int] = []
        self.places: list[int] = []

    def inspect(self, content: BinaryIO, place: int = 0, owner: str = "") -> Header:
        self.positions.append(content.tell())
        self.places.append(place)
        return super().inspect(content, place, owner)


def test_a_file_is_inspected_from_its_beginning() -> None:
    world, imaging = World(), PositionedImaging()
    OcrService(replace(world.context, imaging=imaging)).of(LOCAL_OWNER).submit(uploads("A", "B"))
    assert imaging.positions == [0, 0]


def test_inspection_knows_how_many_files_of_a_submission_came_before() -> None:
    world, imaging = World(), PositionedImaging()
    jobs = OcrService(replace(world.context, imaging=imaging)).of(LOCAL_OWNER)
    jobs.submit(uploads("A", "B", "C"))
    jobs.submit(uploads("D"))
    assert imaging.places == [0, 1, 2, 0]


def test_a_draft_has_the_deadline_that_it_would_have_if_it_were_submitted_at_once() -> None:
    world = World()
    world.jobs.before("transact", DatabaseUnavailable("away"))
    with pytest.raises(DatabaseUnavailable):
        world.submit(expires_in=timedelta(hours=1))
    (draft,) = world.database.jobs.values()
    assert (draft.submitted_at, draft.counts.total) == (None, 0)
    assert draft.sqs_retention_deadline == world.clock.now() + timedelta(hours=1)


def test_files_at_the_limits_are_taken() -> None:
    world = World(Policy(max_files=3, max_file_bytes=50))
    largest = b"PICTURE:" + b"A" * 42
    job = world.owned.submit([Upload("a.png", io.BytesIO(content)) for content in (largest, picture(), picture())])
    assert job.counts.total == 3


def test_a_job_and_its_pages_are_stored_as_they_were_asked_for() -> None:
    world = World(Policy(max_attempts=7))
    world.context.clock.__dict__["now"] = ticking(world)
    files = [Upload("on\u202ee.tif", io.BytesIO(document("A", "B"))), Upload("two.png", io.BytesIO(picture()))]
    files[1].content.seek(3)
    options = JobOptions(psm=6, expires_in=timedelta(hours=1))
    job = world.service.of("ana").submit(files, options, name="Invoices", request_id="request-1")
    created, submitted = (START + timedelta(seconds=number) for number in (2, 3))
    items = world.context.jobs.items(job.id, None, -1, 10)
    assert (job.owner, job.name, job.options, job.request_id) == ("ana", "Invoices", options, "request-1")
    assert (job.created_at, job.submitted_at, job.s3_bucket) == (created, submitted, "memory")
    assert job.sqs_retention_deadline == submitted + timedelta(hours=1)
    assert [(item.position, item.page, item.filename) for item in items] == [
        (0, 1, "one.tif"),
        (1, 2, "one.tif"),
        (2, 1, "two.png"),
    ]
    assert [item.s3_key == f"jobs/{job.id}/{item.id}.png" for item in items] == [False, False, True]
    assert items[0].s3_key == items[1].s3_key
    assert len({item.id for item in items} | {UUID(items[0].s3_key[42:78])}) == 4
    assert {(item.job_id, item.attempts, item.attempts_limit) for item in items} == {(job.id, 0, 7)}
    assert {(item.created_at, item.queued_at) for item in items} == {(created, submitted)}
    assert [world.context.documents.get(item.s3_key) for item in items[1:]] == [document("A", "B"), picture()]
    assert world.meter.jobs == [3]


def ticking(world: World) -> Callable[[], datetime]:
    """Return a clock that goes on by a second at each look."""

    def now() -> datetime:
        world.clock.advance(timedelta(seconds=1))
        return MemoryClock.now(world.clock)

    return now


def test_no_file_is_refused_in_words_that_fit_every_way_in() -> None:
    with pytest.raises(NoFiles, match=r"^Send at least one file\.$"):
        World().service.of(LOCAL_OWNER).submit([])


def test_a_queue_that_is_away_delays_nothing_but_the_messages() -> None:
    world = World()
    world.queue.before("send", QueueUnavailable("away"))
    job = world.submit()
    assert not world.messages()
    world.tick(seconds=5)
    world.service.upkeep_once()
    assert len(world.messages()) == 1
    assert world.job(job).status is JobStatus.PENDING


def test_a_store_that_is_away_leaves_nothing_visible() -> None:
    world = World()
    world.documents.before("put", StorageUnavailable("away"))
    with pytest.raises(StorageUnavailable):
        world.submit()
    assert not world.owned.list()
    assert not world.messages()


def test_a_lost_answer_to_the_commit_is_looked_up() -> None:
    world = World()
    world.jobs.after("transact", CommitUnknown("lost"))
    job = world.submit()
    assert world.item(job).status is ItemStatus.PENDING
    assert len(world.messages()) == 1


def test_a_commit_that_cannot_be_looked_up_stays_unknown_and_deletes_nothing() -> None:
    world = World()
    world.jobs.after("transact", CommitUnknown("lost"))
    world.jobs.before("get", DatabaseUnavailable("away"))
    with pytest.raises(CommitUnknown):
        world.submit()
    assert len(world.context.documents.keys("", 10)) == 1
    assert len(world.owned.list()) == 1


def test_what_a_failed_submission_stored_goes_with_the_next_upkeep_and_the_store_is_waited_for_once() -> None:
    world = World()
    world.documents.after("put", StorageUnavailable("its answer was lost"))
    world.documents.before("keys", StorageUnavailable("silent still"))
    with pytest.raises(StorageUnavailable):
        world.submit("A", "B")
    assert not world.database.jobs
    with pytest.raises(StorageUnavailable, match="silent still"):  # for it was asked nothing since
        world.context.documents.keys("", 10)
    world.service.upkeep_once()
    assert not world.context.documents.keys("", 10)


def test_what_was_stored_until_the_disk_was_full_goes_at_once() -> None:
    world = World()
    world.documents.after("put", StorageFull())
    with pytest.raises(StorageFull):
        world.submit("A", "B")
    assert not world.database.jobs
    assert not world.context.documents.keys("", 10)


def test_a_database_that_fails_is_not_asked_again() -> None:
    world = World()
    world.jobs.before("transact", DatabaseUnavailable("silent"), times=2)
    with pytest.raises(DatabaseUnavailable):
        world.submit()
    (draft,) = world.database.jobs
    with pytest.raises(DatabaseUnavailable):
        world.context.jobs.transact(draft, lambda _: None)


def test_a_file_that_cannot_be_read_to_its_end_leaves_nothing() -> None:
    class Torn(io.BytesIO):
        """A file whose disk fails when it is stored."""

        def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
            if world.database.jobs:
                raise OSError(errno.EIO, "disk")
            return super().seek(offset, whence)

    world = World()
    with pytest.raises(OSError, match="disk"):
        world.owned.submit([*uploads("A"), Upload("torn.png", Torn(picture()))])
    assert not world.database.jobs
    assert not world.context.documents.keys("", 10)


def test_a_commit_that_did_not_happen_stays_unknown() -> None:
    world = World()
    world.jobs.before("transact", CommitUnknown("lost"))
    with pytest.raises(CommitUnknown):
        world.submit()
    assert not world.owned.list()


def test_a_submission_slower_than_a_drafts_life_must_be_repeated() -> None:
    world = World()
    world.jobs.before("transact", JobNotFound())
    with pytest.raises(StorageUnavailable) as refused:
        world.submit()
    assert str(refused.value) == "The upload took longer than a draft is kept; send it again."


def test_a_job_of_twice_as_many_files_is_twice_the_work() -> None:
    few, many = (calls_of(partial(World().submit, *["A"] * number)) for number in (300, 600))
    assert many < 2.1 * few
