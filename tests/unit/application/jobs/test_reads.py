import gzip
import io
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from adapters.memory.documents import MemoryDocuments
from adapters.memory.jobs import MemoryJobs
from ocrcore import (
    LOCAL_OWNER,
    Item,
    ItemErrorCode,
    ItemStatus,
    Job,
    JobCursor,
    JobFilter,
    JobStatus,
    OcrService,
)
from ocrcore.domain.errors import (
    ItemNotFound,
    JobNotFound,
    LayoutLost,
    NoText,
    NotFinished,
)
from ocrcore.ports.documents import DocumentMissing
from worlds import World, half_done, text_of, uploads


@pytest.mark.parametrize("verb", ["item", "item_result", "item_image"])
def test_another_owners_item_is_as_one_that_is_not_there(verb: str) -> None:
    world = World()
    item = world.item(world.submit())
    with pytest.raises(ItemNotFound):
        getattr(world.service.of("somebody"), verb)(item.id)


def test_a_read_applies_the_deadline() -> None:
    world = World()
    job = world.submit(expires_in=timedelta(seconds=1))
    item = world.item(job)
    world.tick(seconds=1)
    assert world.owned.item(item.id).error_code is ItemErrorCode.EXPIRED
    assert world.job(job).status is JobStatus.EXPIRED


def test_an_item_whose_job_goes_while_it_is_read_is_not_found() -> None:
    world = World()
    item = world.item(world.submit())
    world.jobs.before("get", JobNotFound())
    with pytest.raises(ItemNotFound):
        world.owned.item(item.id)


def test_the_result_is_the_good_pages_in_order() -> None:
    world = World()
    job = world.submit("ONE", "TWO", "THREE")
    world.process_all()
    assert text_of(world.owned.result(job.id)) == "ONE\fTWO\fTHREE"
    layouts = [page.read_layout() for page in world.owned.result(job.id).pages]
    assert [layout.text for layout in layouts] == ["ONE", "TWO", "THREE"]


def test_a_job_with_errors_gives_its_good_pages() -> None:
    world = World()
    assert text_of(world.owned.result(half_done(world).id)) == "GOOD"


def test_an_items_result_has_its_text_and_its_layout() -> None:
    world = World()
    item = world.items(half_done(world))[0]
    page = world.owned.item_result(item.id)
    assert (page.item, page.text, page.read_layout().text) == (item, "GOOD", "GOOD")


def test_an_open_job_has_no_result_yet() -> None:
    world = World()
    job = world.submit()
    with pytest.raises(NotFinished):
        world.owned.result(job.id)
    with pytest.raises(NotFinished):
        world.owned.item_result(world.item(job).id)


def test_a_job_without_a_good_page_has_no_text() -> None:
    world = World()
    job = world.submit()
    world.owned.cancel(job.id)
    with pytest.raises(NoText):
        world.owned.result(job.id)
    with pytest.raises(NoText) as refused:
        world.owned.item_result(world.item(job).id)
    assert str(refused.value) == "It finished without any text; its error_msg says why."


LOST = (
    "The layout of the page at position 0 is lost; format=txt still gives its text."
    " Tell the operator the instance of this answer."
)


def test_a_layout_that_is_not_there_is_told_as_lost() -> None:
    world = World()
    item = world.items(half_done(world))[0]
    world.documents.before("get", DocumentMissing())
    with pytest.raises(LayoutLost) as lost:
        world.owned.item_result(item.id).read_layout()
    assert str(lost.value) == LOST


@pytest.mark.parametrize(
    "stored", [b"", b"no gzip", gzip.compress(b"{}", mtime=0)[:-9], gzip.compress(b"no JSON", mtime=0)]
)
def test_a_layout_that_cannot_be_read_is_told_as_lost_in_a_result_too(stored: bytes) -> None:
    world = World()
    job = half_done(world)
    key = world.items(job)[0].layout_key
    assert key is not None
    world.context.documents.delete([key])
    world.context.documents.put(key, io.BytesIO(stored))
    (page,) = world.owned.result(job.id).pages
    with pytest.raises(LayoutLost) as lost:
        page.read_layout()
    assert str(lost.value) == LOST


def test_a_done_page_whose_row_names_no_layout_has_lost_it() -> None:
    world = World()
    item = world.items(half_done(world))[0]
    world.database.items[item.id] = replace(item, layout_key=None)
    with pytest.raises(LayoutLost):
        world.owned.item_result(item.id).read_layout()


def test_a_layout_that_goes_with_its_job_is_not_lost() -> None:
    world = World()
    job = half_done(world)
    item = world.items(job)[0]

    class Going(MemoryDocuments):
        def get(self, key: str) -> bytes:
            world.owned.delete(job.id)
            return super().get(key)

    service = OcrService(replace(world.context, documents=Going()))
    with pytest.raises(ItemNotFound):
        service.of(LOCAL_OWNER).item_result(item.id).read_layout()


def test_jobs_are_listed_from_the_newest_by_status() -> None:
    world = World()
    done = world.submit()
    world.process_all()
    world.tick(seconds=1)
    waiting = world.submit()
    assert [job.id for job in world.owned.list()] == [waiting.id, done.id]
    assert [job.id for job in world.owned.list(JobFilter(status=JobStatus.DONE))] == [done.id]


def test_items_can_be_asked_for_by_status() -> None:
    world = World()
    job = half_done(world)
    (bad,) = world.owned.items(job.id, status=ItemStatus.ERROR)
    assert isinstance(bad, Item)
    assert bad.error_code is ItemErrorCode.IMAGE_CORRUPT


def test_jobs_are_listed_in_pages_of_the_asked_for_size() -> None:
    world = World()
    jobs: list[Job] = []
    for _ in range(51):
        jobs.insert(0, world.submit())
        world.tick(seconds=1)
    assert list(world.owned.list()) == jobs[:50]
    cursor = JobCursor(jobs[1].created_at, jobs[1].id)
    assert list(world.owned.list(after=cursor, limit=3)) == jobs[2:5]


def test_items_are_listed_in_pages_of_the_asked_for_size() -> None:
    world = World()
    job = world.submit(*["A"] * 201)
    assert [item.position for item in world.owned.items(job.id)] == list(range(200))
    assert [item.position for item in world.owned.items(job.id, after=9, limit=3)] == [10, 11, 12]


def test_a_timeline_is_told_in_pages_of_the_asked_for_size() -> None:
    world = World()
    job = world.submit()
    for number in range(50):
        world.owned.rename(job.id, f"name {number}")
    assert len(world.owned.timeline(job.id)) == 50
    assert len(world.owned.timeline(job.id, limit=51)) == 51


def test_a_result_of_more_pages_than_one_read_gives_is_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ocrcore.application.jobs.results._BATCH", 2)
    world = World()
    job = world.submit(*"ABCDE")
    world.process_all()
    assert text_of(world.owned.result(job.id)) == "A\fB\fC\fD\fE"


def test_a_finished_item_is_read_once() -> None:
    world = World()
    item = world.items(half_done(world))[0]
    read: list[UUID] = []

    class Counted(MemoryJobs):
        def item(self, item_id: UUID, owner: str) -> Item:
            read.append(item_id)
            return super().item(item_id, owner)

    service = OcrService(replace(world.context, jobs=Counted(world.database)))
    assert service.of(LOCAL_OWNER).item(item.id) == item
    assert read == [item.id]


def test_jobs_of_two_owners_do_not_meet() -> None:
    service: OcrService = World().service
    mine = service.of("me").submit(uploads("A"))
    service.of("you").submit(uploads("B"))
    assert [job.id for job in service.of("me").list()] == [mine.id]


def test_a_job_that_goes_while_its_pages_are_read_has_no_result_rather_than_half_of_one() -> None:
    world = World()
    job = half_done(world)
    pages = world.owned.result(job.id).pages
    world.owned.delete(job.id)
    with pytest.raises(JobNotFound):
        list(pages)
