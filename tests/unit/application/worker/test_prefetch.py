import io
from dataclasses import replace

import pytest

from adapters.memory.documents import MemoryDocuments
from adapters.memory.pictures import document
from ocrcore import ItemErrorCode, ItemStatus, Step, Upload
from ocrcore.application.worker.attempt import Delivery
from ocrcore.application.worker.prefetch import PrefetchBuffer
from ocrcore.domain.errors import StorageUnavailable
from ocrcore.domain.task import Task
from ocrcore.ports.documents import DocumentMissing
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
    world.documents.before("get", AssertionError("read again"))
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
    get = world.context.documents.get

    def noted(key: str) -> bytes:
        fetched.append(key)
        return get(key)

    world.context.documents.__dict__["get"] = noted
    return fetched


def test_a_document_that_cannot_be_read_ahead_is_read_by_its_slot() -> None:
    world = waiting("A", "B")
    world.documents.before("get", StorageUnavailable("away"))
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


def test_receives_grow_where_the_queue_is_deep_and_shrink_where_it_is_not() -> None:
    buffer = PrefetchBuffer(MemoryDocuments(), slots=2)
    asked = []
    for received in (2, 4, 8, 10, 3, 2):
        asked.append(buffer.room)
        buffer.received(buffer.room, received)
    assert asked == [2, 4, 8, 10, 10, 2]


def test_no_more_is_asked_for_while_more_than_one_waits_for_each_slot(deliveries: list[Delivery]) -> None:
    buffer = PrefetchBuffer(MemoryDocuments(), slots=2)
    buffer.add(deliveries[:3])
    assert buffer.room == 0
    buffer.take()
    assert buffer.room == 2


def test_the_document_of_a_delivery_that_was_taken_is_not_fetched_ahead(deliveries: list[Delivery]) -> None:
    buffer = PrefetchBuffer(MemoryDocuments(), slots=1)
    buffer.add(deliveries[:2])
    first = deliveries[0].task.s3_key
    assert buffer.to_fetch(0) == first
    assert buffer.take() is deliveries[0]
    with buffer.fetching(first) as mine:
        assert not mine


def test_pages_wait_while_their_document_is_fetched_and_others_do_not(deliveries: list[Delivery]) -> None:
    buffer = PrefetchBuffer(MemoryDocuments(), slots=1)
    buffer.add(deliveries[:2])
    with buffer.fetching(deliveries[0].task.s3_key) as mine:
        assert mine
        assert buffer.take() is deliveries[1]
        assert not buffer.has_ready
    assert buffer.take() is deliveries[0]


def test_a_document_is_dropped_when_no_page_of_it_waits_or_is_worked_on(deliveries: list[Delivery]) -> None:
    buffer = PrefetchBuffer(MemoryDocuments(), slots=1)
    key = deliveries[0].task.s3_key
    buffer.add(deliveries[:1])
    buffer.keep(key, b"document")
    assert buffer.take() is deliveries[0]
    assert buffer.document(key) == b"document"
    buffer.release(key)
    with pytest.raises(DocumentMissing):
        buffer.document(key)


def test_a_document_is_kept_until_the_last_attempt_on_it_ends(deliveries: list[Delivery]) -> None:
    buffer = PrefetchBuffer(MemoryDocuments(), slots=2)
    key = deliveries[0].task.s3_key
    buffer.add([deliveries[0], replace(deliveries[1], task=replace(deliveries[1].task, s3_key=key))])
    buffer.keep(key, b"document")
    buffer.take()
    buffer.take()
    buffer.release(key)
    assert buffer.document(key) == b"document"
    buffer.release(key)
    with pytest.raises(DocumentMissing):
        buffer.document(key)


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


def test_a_document_is_dropped_though_its_page_was_put_back_before(deliveries: list[Delivery]) -> None:
    buffer = PrefetchBuffer(MemoryDocuments(), slots=1)
    key = deliveries[0].task.s3_key
    buffer.add(deliveries[:2])
    buffer.keep(key, b"document")
    first = buffer.take()
    assert first is deliveries[0]
    buffer.put_back(first)
    assert buffer.document(key) == b"document"
    assert buffer.take() is first
    buffer.release(key)
    with pytest.raises(DocumentMissing):
        buffer.document(key)


def test_no_more_than_one_document_a_slot_is_fetched_ahead(deliveries: list[Delivery]) -> None:
    buffer = PrefetchBuffer(MemoryDocuments(), slots=2)
    buffer.add(deliveries)
    first, second, third, _ = (one.task.s3_key for one in deliveries)
    assert buffer.to_fetch(0) == first
    buffer.keep(first, b"first")
    assert buffer.to_fetch(0) == second
    buffer.keep(second, b"second")
    assert buffer.to_fetch(0) is None
    assert buffer.to_fetch(1) == third


def test_a_document_that_nobody_waits_for_is_not_kept() -> None:
    buffer = PrefetchBuffer(MemoryDocuments(), slots=1)
    buffer.keep("jobs/1/2.png", b"late")
    with pytest.raises(DocumentMissing):
        buffer.document("jobs/1/2.png")


def test_a_document_that_could_not_be_fetched_ahead_is_not_tried_ahead_again(deliveries: list[Delivery]) -> None:
    buffer = PrefetchBuffer(MemoryDocuments(), slots=1)
    buffer.add(deliveries[:1])
    with buffer.fetching(deliveries[0].task.s3_key):
        pass
    assert buffer.to_fetch(0) is None
    assert buffer.take() is deliveries[0]


@pytest.fixture
def deliveries() -> list[Delivery]:
    world = World()
    world.submit(*"ABCD")
    return [Delivery(Task.from_json(message.body), message.receipt) for message in world.messages()]
