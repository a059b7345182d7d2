"""Documents are read ahead of the slots of a worker."""

import io
from dataclasses import replace

import pytest

from adapters.memory.pictures import document
from ocrcore import ItemErrorCode, ItemStatus, Step, Upload
from ocrcore.domain.errors import StorageUnavailable
from ocrcore.domain.task import Task
from ocrcore.ports.documents import Source
from ocrcore.ports.engine import EngineFailure
from ocrcore.ports.queue import Outgoing
from worlds import NO_WAIT, World


def waiting(*texts: str) -> World:
    """Return a world whose worker of one slot holds a message of each text."""
    world = World()
    world.worker = world.service.worker(slots=1)
    world.submit(*texts)
    while world.worker.receive_once(NO_WAIT) is Step.DONE:
        pass
    return world


def test_the_document_behind_an_idle_slot_is_read_ahead_once() -> None:
    world = waiting("A", "B")
    assert [world.worker.fetch_once() for _ in range(2)] == [Step.DONE, Step.IDLE]
    assert world.worker.work_one() is Step.DONE
    world.documents.before("open", AssertionError("read again"))
    assert world.worker.work_one() is Step.DONE
    (job,) = world.owned.list()
    assert [item.ocr_text for item in world.items(job)] == ["A", "B"]


def test_behind_a_busy_slot_the_next_document_is_read_ahead() -> None:
    world = waiting("A", "B", "C")
    (job,) = world.owned.list()
    fetched = fetches(world)
    attempt = world.claim()
    assert [world.worker.fetch_once() for _ in range(2)] == [Step.DONE, Step.IDLE]
    world.worker.recognise(attempt)
    assert [world.worker.fetch_once() for _ in range(2)] == [Step.DONE, Step.IDLE]
    assert fetched == [item.s3_key for item in world.items(job)]


def fetches(world: World) -> list[str]:
    """Return the keys of the documents that are fetched from now on."""
    fetched: list[str] = []
    open_ = world.context.documents.open

    def noted(key: str) -> Source:
        fetched.append(key)
        return open_(key)

    world.context.documents.__dict__["open"] = noted
    return fetched


def test_a_document_that_cannot_be_read_ahead_is_read_by_its_slot() -> None:
    world = waiting("A", "B")
    world.documents.before("open", StorageUnavailable("away"))
    assert world.worker.fetch_once() is Step.DONE
    world.worker.work_one()
    world.worker.work_one()
    (job,) = world.owned.list()
    assert [item.ocr_text for item in world.items(job)] == ["A", "B"]


@pytest.mark.parametrize("bucket", ["memory", "another"])
def test_a_document_that_a_message_names_wrongly_is_not_the_items(bucket: str) -> None:
    world = World()
    world.worker = world.service.worker(slots=1)
    job = world.submit("A", "B")
    (first, _), tasks = world.items(job), [Task.from_json(message.body) for message in world.messages()]
    for task in tasks:
        forged = replace(task, s3_key=first.s3_key, s3_bucket=bucket)
        world.context.queue.send([Outgoing(forged.to_json(), "local")])
    while world.worker.receive_once(NO_WAIT) is Step.DONE:
        world.worker.fetch_once()
    while world.worker.has_waiting:
        world.worker.work_one()
    assert [(item.status, item.ocr_text) for item in world.items(job)] == [
        (ItemStatus.DONE, "A"),
        (ItemStatus.DONE, "B"),
    ]


def test_a_slot_begins_nothing_while_many_answers_wait_and_goes_on_as_soon_as_one_is_settled() -> None:
    world = waiting("A", "B", "C", "D", "E")
    for _ in range(3):
        assert world.worker.process_one() is Step.DONE
        world.worker.receive_once(NO_WAIT)
    assert not world.worker.has_waiting
    assert world.worker.process_one() is Step.IDLE
    assert world.worker.commit_once() is Step.DONE
    assert world.worker.has_waiting
    assert world.worker.process_one() is Step.DONE


def test_a_document_is_fetched_once_for_all_its_pages() -> None:
    world = World()
    world.worker = world.service.worker(slots=2)
    job = world.owned.submit([Upload("scan.tif", io.BytesIO(document("ONE", "TWO", "THREE", "FOUR")))])
    fetched = fetches(world)
    world.process_all()
    assert [(item.page, item.ocr_text) for item in world.items(job)] == [
        (1, "ONE"),
        (2, "TWO"),
        (3, "THREE"),
        (4, "FOUR"),
    ]
    assert len(fetched) == 1


def test_slots_that_start_at_the_same_time_fetch_a_document_once() -> None:
    world = World()
    world.worker = world.service.worker(slots=2)
    world.owned.submit([Upload("scan.tif", io.BytesIO(document("ONE", "TWO")))])
    fetched = fetches(world)
    world.receive()
    first = world.take()  # as a slot does that goes on with the claim
    assert world.worker.claim_one() is Step.IDLE
    world.worker._prefetched.put_back(first)
    attempts = [world.claim(), world.claim()]
    for attempt in attempts:
        world.worker.recognise(attempt)
    assert [attempt.item.page for attempt in attempts] == [1, 2]
    assert len(fetched) == 1


def test_an_error_that_ends_a_claim_does_not_hold_up_the_other_pages_of_its_document() -> None:
    world = World()
    job = world.owned.submit([Upload("scan.tif", io.BytesIO(document("ONE", "TWO")))])
    world.receive()
    world.jobs.before("transact", RuntimeError("a bug"))
    with pytest.raises(RuntimeError):
        world.worker.claim_one()
    world.worker.recognise(world.claim())
    world.worker.commit_once()
    assert [item.status for item in world.items(job)] == [ItemStatus.PENDING, ItemStatus.DONE]


@pytest.mark.parametrize("is_cancelled", [True, False])
def test_documents_are_not_kept_after_their_pages_whether_they_were_read_or_not(*, is_cancelled: bool) -> None:
    world = waiting("A", "B")
    (job,) = world.owned.list()
    assert world.worker.fetch_once() is Step.DONE
    if is_cancelled:
        world.owned.cancel(job.id)
    else:
        world.engine.before("recognise", EngineFailure(ItemErrorCode.IMAGE_CORRUPT), times=2)
    assert [world.worker.work_one() for _ in range(2)] == [Step.DONE, Step.DONE]
    world.owned.retry(job.id)
    fetched = fetches(world)
    world.process_all()
    assert [item.ocr_text for item in world.items(job)] == ["A", "B"]
    assert fetched == [item.s3_key for item in world.items(job)]
