import io
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from datetime import datetime, timedelta
from typing import BinaryIO
from uuid import UUID

import pytest

from adapters.memory.clock import MemoryClock
from adapters.memory.engine import MemoryEngine
from adapters.memory.imaging import MemoryImaging
from adapters.memory.pictures import document
from ocrcore import LOCAL_OWNER, ItemStatus, JobOptions, JobStatus, OcrService, Policy, Refusal, Upload
from ocrcore.domain.errors import (
    CommitUnknown,
    DatabaseUnavailable,
    DocumentsBusy,
    EmptyFile,
    FileTooLarge,
    InvalidOption,
    JobNotFound,
    NoFiles,
    NoPages,
    QueueUnavailable,
    StorageUnavailable,
    TooManyFiles,
    TooManyPages,
    UnsupportedImage,
    UnsupportedLanguage,
)
from ocrcore.domain.fleet import WorkerReport
from ocrcore.domain.page_ranges import parse_pages
from ocrcore.domain.task import Task
from ocrcore.ports.imaging import Header
from ocrcore.testing.builders import an_id
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
        ([picture(), b""], "File 1 (a.png): The file is empty."),
        ([b"PICTURE:" + b"A" * 43], "File 0 (a.png): The file is larger than 50 bytes."),
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
    """Remembers where each file stood."""

    def __init__(self) -> None:
        self.positions: list[int] = []

    def inspect(self, content: BinaryIO) -> Header:
        self.positions.append(content.tell())
        return super().inspect(content)


def test_a_file_is_inspected_from_its_beginning() -> None:
    world, imaging = World(), PositionedImaging()
    OcrService(replace(world.context, imaging=imaging)).of(LOCAL_OWNER).submit(uploads("A", "B"))
    assert imaging.positions == [0, 0]


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


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (JobOptions(expires_in=timedelta(days=2, seconds=1)), "expires_in may be at most 172800s here."),
        (
            JobOptions(languages=("eng", "xxx")),
            "A language of the request is not installed here; there are: eng, por.",
        ),
        (
            JobOptions(engine="ppocr"),
            "The engine ppocr is not installed here; there are: auto, tesseract.",
        ),
    ],
)
def test_a_refused_option_is_told_in_one_sentence(options: JobOptions, sentence: str) -> None:
    with pytest.raises(Refusal) as refused:
        World().owned.submit(uploads("A"), options)
    assert str(refused.value) == sentence


def test_the_longest_lifetime_and_every_installed_language_are_taken() -> None:
    world = World()
    options = JobOptions(languages=("por", "eng"), expires_in=timedelta(days=2))
    assert world.owned.submit(uploads("A"), options).options == options


def test_a_client_that_names_no_options_gets_those_of_the_operator() -> None:
    world = World(Policy(languages=("por",), job_ttl=timedelta(hours=3)))
    job = world.owned.submit(uploads("A"))
    assert job.options == world.service.default_options == JobOptions(languages=("por",), expires_in=timedelta(hours=3))


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


@pytest.mark.parametrize(
    ("options", "error"),
    [
        (lambda: JobOptions(languages=("xxx",)), UnsupportedLanguage),
        (lambda: JobOptions(languages=("../../etc/passwd",)), UnsupportedLanguage),
        (lambda: JobOptions(expires_in=timedelta(days=3)), InvalidOption),
    ],
)
def test_options_that_cannot_be_met_are_refused(options: Callable[[], JobOptions], error: type[Refusal]) -> None:
    with pytest.raises(error):
        World().service.of(LOCAL_OWNER).submit(uploads("A"), options())


def test_a_refused_language_names_those_that_there_are() -> None:
    with pytest.raises(UnsupportedLanguage, match="eng"):
        World().service.of(LOCAL_OWNER).submit(uploads("A"), JobOptions(languages=("xxx",)))


def with_engines(**engines: tuple[str, ...]) -> World:
    world = World()
    world.context = replace(world.context, engine=MemoryEngine(engines=engines))
    world.use(OcrService(world.context))
    return world


def test_an_engine_that_is_not_installed_is_refused_with_those_that_are() -> None:
    world = with_engines(tesserocr=("eng",), tesseract=("eng",))
    with pytest.raises(InvalidOption, match="engine ppocr is not installed here; there are: auto, tesserocr, tess"):
        world.owned.submit(uploads("A"), JobOptions(engine="ppocr"))
    assert not world.database.jobs


def test_languages_are_those_of_the_jobs_engine() -> None:
    world = with_engines(tesseract=("eng", "por"), ppocr=("eng", "jpn"))
    world.owned.submit(uploads("A"), JobOptions(languages=("jpn",), engine="ppocr"))
    world.owned.submit(uploads("A"), JobOptions(languages=("por",)))
    with pytest.raises(UnsupportedLanguage, match="there are: eng, jpn"):
        world.owned.submit(uploads("A"), JobOptions(languages=("por",), engine="ppocr"))


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


@pytest.mark.parametrize(
    ("policy", "texts", "sentence"),
    [
        (
            Policy(max_pages=2),
            ["AB", "ABC"],
            "File 1 (1.tif): There are 3 pages to be read; a file may have 2. Split it.",
        ),
        (
            Policy(max_items=4),
            ["AB", "ABC"],
            "File 1 (1.tif): With it the job has 5 pages; a job may have 4. Send several jobs.",
        ),
    ],
)
def test_a_document_of_too_many_pages_is_refused_with_the_limit(
    policy: Policy, texts: list[str], sentence: str
) -> None:
    world = World(policy)
    files = [Upload(f"{number}.tif", io.BytesIO(document(*text))) for number, text in enumerate(texts)]
    with pytest.raises(TooManyPages) as refused:
        world.owned.submit(files)
    assert (str(refused.value), refused.value.index) == (sentence, 1)
    assert not world.owned.list()
    assert world.owned.submit([files[0], Upload("one.png", io.BytesIO(picture()))]).counts.total == 3


def test_no_document_is_taken_while_a_worker_of_the_first_release_is_live() -> None:
    world = World()
    old = WorkerReport(an_id(1), "worker", "old", 2, "tesseract 5", None, world.clock.now())
    world.context.workers.report(old)
    world.service.report(worker_id=an_id(2), kind="worker", host="new", slots=1, seconds_per_page=None)
    with pytest.raises(DocumentsBusy, match="older release"):
        world.owned.submit([Upload("a.tif", io.BytesIO(document("A", "B")))])
    with pytest.raises(DocumentsBusy, match="older release"):
        world.owned.submit([Upload("a.avif", io.BytesIO(b"PICTURE.avif:A"))])
    assert world.submit("A").counts.total == 1
    world.context.workers.report(replace(old, slots=0))
    assert world.owned.submit([Upload("a.tif", io.BytesIO(document("A", "B")))]).counts.total == 2


def test_of_a_document_the_pages_that_were_asked_for_are_read() -> None:
    world = World(Policy(max_pages=2))
    files = [
        Upload("a.tif", io.BytesIO(document(*"ABCD"))),
        Upload("one.png", io.BytesIO(picture("ONE"))),
        Upload("one.avif", io.BytesIO(b"PICTURE.avif:TWO")),
    ]
    job = world.owned.submit(files, JobOptions(pages=parse_pages("4,2")))
    world.process_all()
    assert [(item.page, item.filename, item.ocr_text) for item in world.items(job)] == [
        (2, "a.tif", "B"),
        (4, "a.tif", "D"),
        (1, "one.png", "ONE"),
        (1, "one.avif", "TWO"),
    ]


def test_a_document_without_any_page_that_was_asked_for_is_refused() -> None:
    world = World()
    with pytest.raises(NoPages, match=r"^File 0 \(a.tif\): It has none of the pages 3-: the document has 2\.$"):
        world.owned.submit([Upload("a.tif", io.BytesIO(document("A", "B")))], JobOptions(pages=parse_pages("3-")))
    assert not world.owned.list()


def test_one_page_of_a_document_is_not_taken_for_the_whole_file() -> None:
    world = World()
    job = world.owned.submit([Upload("a.tif", io.BytesIO(document("A", "B")))], JobOptions(pages=parse_pages("2")))
    (item,) = world.items(job)
    assert not item.is_whole_file


def test_no_job_for_a_new_engine_is_taken_while_a_worker_of_the_first_release_is_live() -> None:
    world = with_engines(tesseract=("eng",), ppocr=("eng",))
    old = WorkerReport(an_id(1), "worker", "old", 2, "tesseract 5", None, world.clock.now())
    world.context.workers.report(old)
    with pytest.raises(DocumentsBusy, match="older release"):
        world.owned.submit(uploads("A"), JobOptions(engine="ppocr"))
    world.context.workers.report(replace(old, slots=0))
    assert world.owned.submit(uploads("A"), JobOptions(engine="ppocr")).counts.total == 1


def two_engines() -> World:
    world = World()
    engines = {"ppocr": ("ces", "deu", "eng"), "tesseract": ("ces", "eng", "rus")}
    engine = MemoryEngine(engines=engines, default="auto", well={"ppocr": ("deu", "eng")})
    world.context = replace(world.context, engine=engine)
    world.use(OcrService(world.context))
    return world


@pytest.mark.parametrize(
    ("languages", "quality", "busy"), [("eng", "auto", False), ("deu", "auto", True), ("eng", "best", True)]
)
def test_a_worker_of_the_first_release_gets_no_job_that_it_would_read_worse(
    languages: str, quality: str, *, busy: bool
) -> None:
    world = two_engines()
    world.context.workers.report(WorkerReport(an_id(1), "worker", "old", 2, "tesseract 5", None, world.clock.now()))
    options = JobOptions(languages=(languages,), quality=quality)
    with pytest.raises(DocumentsBusy, match="older release") if busy else nullcontext():
        world.owned.submit(uploads("A"), options)


@pytest.mark.parametrize(
    ("languages", "engine"), [("eng", "ppocr 1"), ("ces", "tesseract 1"), ("eng+rus", "tesseract 1")]
)
def test_the_languages_of_a_job_decide_what_reads_it(languages: str, engine: str) -> None:
    world = two_engines()
    job = world.owned.submit(uploads("A"), JobOptions(languages=tuple(languages.split("+"))))
    world.process_all(world.new_worker())
    assert [item.engine for item in world.items(job)] == [engine]


def test_languages_that_no_engine_reads_together_are_refused() -> None:
    with pytest.raises(UnsupportedLanguage, match="reads all of these languages together"):
        two_engines().owned.submit(uploads("A"), JobOptions(languages=("deu", "rus")))


def test_the_operators_quality_is_that_of_a_job_that_names_none() -> None:
    world = World(Policy(quality="fast"))
    assert world.service.default_options.quality == "fast"
