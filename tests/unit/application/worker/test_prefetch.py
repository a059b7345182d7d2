import io
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from adapters.memory.clock import MemoryClock
from adapters.memory.documents import MemoryDocuments
from adapters.memory.pictures import document
from ocrcore import ItemErrorCode, ItemStatus, Step, Upload
from ocrcore.application.worker.attempt import Delivery
from ocrcore.application.worker.prefetch import PrefetchBuffer
from ocrcore.domain.errors import StorageUnavailable
from ocrcore.domain.task import Task
from ocrcore.ports.clock import Clock
from ocrcore.ports.documents import BytesSource, DocumentMissing, Source
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


def test_a_document_whose_claim_was_not_won_is_left_to_the_next_page(page: Callable[[str], Delivery]) -> None:
    one, other = page("long"), replace(page("long"), receipt="another")
    buffer = a_buffer(slots=2)
    buffer.add([one, other])
    assert buffer.take() is one
    assert buffer.take() is None
    buffer.release(one.task.s3_key)
    assert buffer.take() is other


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


START = datetime(2026, 1, 1, tzinfo=UTC)


def a_buffer(*, slots: int, spare: int = 1000, clock: Clock | None = None) -> PrefetchBuffer:
    return PrefetchBuffer(MemoryDocuments(), clock or MemoryClock(START), slots=slots, spare=spare)


def test_receives_grow_where_the_queue_is_deep_and_shrink_where_it_is_not() -> None:
    buffer = a_buffer(slots=2)
    asked = []
    for received in (2, 4, 8, 10, 3, 2):
        asked.append(buffer.room)
        buffer.received(buffer.room, received)
    assert asked == [2, 4, 8, 10, 10, 2]


def test_no_more_is_asked_for_while_more_than_one_waits_for_each_slot(deliveries: list[Delivery]) -> None:
    buffer = a_buffer(slots=2)
    buffer.add(deliveries[:3])
    assert buffer.room == 0
    buffer.take()
    assert buffer.room == 2


def test_the_document_of_a_delivery_that_was_taken_is_not_fetched_ahead(deliveries: list[Delivery]) -> None:
    buffer = a_buffer(slots=1)
    buffer.add(deliveries[:2])
    first = deliveries[0].task.s3_key
    assert buffer.to_fetch(0) == first
    assert buffer.take() is deliveries[0]
    with buffer.fetching(first) as mine:
        assert not mine


def test_pages_wait_while_their_document_is_fetched_and_others_do_not(deliveries: list[Delivery]) -> None:
    buffer = a_buffer(slots=1)
    buffer.add(deliveries[:2])
    with buffer.fetching(deliveries[0].task.s3_key) as mine:
        assert mine
        assert buffer.take() is deliveries[1]
        assert not buffer.has_ready
    assert buffer.take() is deliveries[0]


def test_a_document_is_dropped_when_no_page_of_it_waits_or_is_worked_on(deliveries: list[Delivery]) -> None:
    buffer = a_buffer(slots=1)
    key = deliveries[0].task.s3_key
    buffer.add(deliveries[:1])
    buffer.keep(key, BytesSource(b"document"))
    assert buffer.take() is deliveries[0]
    assert buffer.document(key).read() == b"document"
    buffer.release(key)
    with pytest.raises(DocumentMissing):
        buffer.document(key)


def test_a_document_is_kept_until_the_last_attempt_on_it_ends(deliveries: list[Delivery]) -> None:
    clock = MemoryClock(START)
    buffer = a_buffer(slots=2, clock=clock)
    key = deliveries[0].task.s3_key
    buffer.add([deliveries[0], replace(deliveries[1], task=replace(deliveries[1].task, s3_key=key))])
    buffer.keep(key, BytesSource(b"document"))
    buffer.take()
    buffer.take()
    buffer.release(key)
    assert buffer.document(key).read() == b"document"
    buffer.release(key)
    clock.advance(timedelta(minutes=6))
    buffer.sweep()
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
    buffer = a_buffer(slots=1)
    key = deliveries[0].task.s3_key
    buffer.add(deliveries[:2])
    buffer.keep(key, BytesSource(b"document"))
    first = buffer.take()
    assert first is deliveries[0]
    buffer.put_back(first)
    assert buffer.document(key).read() == b"document"
    assert buffer.take() is first
    buffer.release(key)
    with pytest.raises(DocumentMissing):
        buffer.document(key)


def test_no_more_than_one_document_a_slot_is_fetched_ahead(deliveries: list[Delivery]) -> None:
    buffer = a_buffer(slots=2)
    buffer.add(deliveries)
    first, second, third, _ = (one.task.s3_key for one in deliveries)
    assert buffer.to_fetch(0) == first
    buffer.keep(first, BytesSource(b"first"))
    assert buffer.to_fetch(0) == second
    buffer.keep(second, BytesSource(b"second"))
    assert buffer.to_fetch(0) is None
    assert buffer.to_fetch(1) == third


def test_a_document_that_nobody_waits_for_is_not_kept() -> None:
    buffer = a_buffer(slots=1)
    buffer.keep("jobs/1/2.png", BytesSource(b"late"))
    with pytest.raises(DocumentMissing):
        buffer.document("jobs/1/2.png")


def test_a_document_that_could_not_be_fetched_ahead_is_not_tried_ahead_again(deliveries: list[Delivery]) -> None:
    buffer = a_buffer(slots=1)
    buffer.add(deliveries[:1])
    with buffer.fetching(deliveries[0].task.s3_key):
        pass
    assert buffer.to_fetch(0) is None
    assert buffer.take() is deliveries[0]


class Closable(Source):
    """A source that knows whether it was closed."""

    def __init__(self, size: int = 100) -> None:
        self.closed = 0
        self._size = size

    @property
    def size(self) -> int:
        return self._size

    def read(self) -> bytes:
        assert not self.closed
        return bytes(self._size)

    def fileno(self) -> None:
        pass

    def close(self) -> None:
        self.closed += 1


def read_page(buffer: PrefetchBuffer, delivery: Delivery, document: Source) -> None:
    """Take a delivery, with its document at hand, through the whole of its attempt."""
    buffer.add([delivery])
    buffer.keep(delivery.task.s3_key, document)
    assert buffer.take() is delivery
    with buffer.document(delivery.task.s3_key) as source:
        assert source.read()
    buffer.release(delivery.task.s3_key)


def test_a_document_of_several_pages_is_kept_for_5_minutes_after_its_last_use(page: Callable[[str], Delivery]) -> None:
    clock, document = MemoryClock(START), Closable()
    buffer = a_buffer(slots=1, clock=clock)
    read_page(buffer, page("long"), document)
    clock.advance(timedelta(minutes=5))
    buffer.sweep()
    assert document.closed == 0
    clock.advance(timedelta(seconds=1))
    buffer.sweep()
    assert document.closed == 1


def test_a_document_of_one_page_is_given_back_at_once(deliveries: list[Delivery]) -> None:
    document = Closable()
    read_page(a_buffer(slots=1), deliveries[0], document)
    assert document.closed == 1


def test_documents_needed_last_are_kept_within_the_room_for_them(page: Callable[[str], Delivery]) -> None:
    clock, documents = MemoryClock(START), [Closable(size) for size in (300, 500, 400)]
    buffer = a_buffer(slots=1, clock=clock, spare=900)
    for number, one in enumerate(documents):
        read_page(buffer, page(f"long{number}"), one)
        clock.advance(timedelta(seconds=1))
    assert [one.closed for one in documents] == [1, 0, 0]


def test_a_document_larger_than_the_room_is_read_all_the_same(page: Callable[[str], Delivery]) -> None:
    document = Closable(2000)
    read_page(a_buffer(slots=1, spare=0), page("long"), document)
    assert document.closed == 1


def test_no_more_than_64_documents_are_kept(page: Callable[[str], Delivery]) -> None:
    buffer, documents = a_buffer(slots=1, spare=1_000_000), [Closable(1) for _ in range(70)]
    for number, one in enumerate(documents):
        read_page(buffer, page(f"long{number}"), one)
    assert sum(one.closed for one in documents) == 6


def test_nothing_is_kept_after_the_close(page: Callable[[str], Delivery]) -> None:
    document = Closable()
    buffer = a_buffer(slots=1)
    read_page(buffer, page("long"), document)
    buffer.close()
    assert document.closed == 1


def test_a_document_that_an_attempt_reads_is_closed_only_by_it(page: Callable[[str], Delivery]) -> None:
    one, document = page("long"), Closable()
    buffer = a_buffer(slots=1)
    buffer.add([one])
    buffer.keep(one.task.s3_key, document)
    buffer.take()
    source = buffer.document(one.task.s3_key)
    buffer.release(one.task.s3_key)
    buffer.close()
    assert source.read()
    source.close()
    source.close()
    assert document.closed == 1


def test_a_document_that_was_fetched_twice_is_closed_once_each(deliveries: list[Delivery]) -> None:
    buffer, first, second = a_buffer(slots=1), Closable(), Closable()
    key = deliveries[0].task.s3_key
    buffer.add(deliveries[:1])
    buffer.keep(key, first)
    buffer.keep(key, second)
    assert (first.closed, second.closed) == (1, 0)
    buffer.close()
    assert (first.closed, second.closed) == (1, 1)


@pytest.fixture
def page(deliveries: list[Delivery]) -> Callable[[str], Delivery]:
    """Return a maker of deliveries of pages of long documents."""
    first = deliveries[0]

    def delivery(name: str) -> Delivery:
        return replace(first, task=replace(first.task, s3_key=f"jobs/{first.task.job_id}/{name}.tif"))

    return delivery


@pytest.fixture
def deliveries() -> list[Delivery]:
    world = World()
    world.submit(*"ABCD")
    return [Delivery(Task.from_json(message.body), message.receipt) for message in world.messages()]
