"""Documents of several pages are kept after their last use."""

from collections.abc import Callable
from datetime import timedelta

from adapters.memory.clock import MemoryClock
from ocrcore.application.worker.attempt import Delivery
from ocrcore.application.worker.prefetch import PrefetchBuffer
from ocrcore.ports.documents import Source
from unit.application.worker.buffers import START, a_buffer


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
    assert (document.closed, buffer.bytes) == (0, 100)
    clock.advance(timedelta(seconds=1))
    buffer.sweep()
    assert (document.closed, buffer.bytes) == (1, 0)


def test_a_document_of_one_page_is_given_back_at_once(deliveries: list[Delivery]) -> None:
    document = Closable()
    read_page(a_buffer(slots=1), deliveries[0], document)
    assert document.closed == 1


def test_documents_needed_last_are_kept_within_the_room_for_them(page: Callable[[str], Delivery]) -> None:
    clock, documents = MemoryClock(START), [Closable(size) for size in (300, 500, 400)]
    buffer = a_buffer(slots=1, clock=clock, most=900)
    for number, one in enumerate(documents):
        read_page(buffer, page(f"long{number}"), one)
        clock.advance(timedelta(seconds=1))
    assert [one.closed for one in documents] == [1, 0, 0]


def test_a_document_larger_than_the_room_is_read_all_the_same(page: Callable[[str], Delivery]) -> None:
    buffer, one, document = a_buffer(slots=1, most=0), page("long"), Closable(2000)
    buffer.add([one, page("long"), page("other")])
    assert buffer.to_fetch(0) is None
    buffer.take()
    buffer.keep(one.task.s3_key, document)  # as the slot does that works on it
    with buffer.document(one.task.s3_key) as source:
        assert source.read()
    assert buffer.to_fetch(0) is None
    buffer.release(one.task.s3_key)
    assert (document.closed, buffer.bytes) == (0, 2000)  # another page of it waits
    buffer.take()
    buffer.release(one.task.s3_key)
    assert (document.closed, buffer.bytes) == (1, 0)


def test_documents_in_use_and_those_that_were_fetched_ahead_count_too(page: Callable[[str], Delivery]) -> None:
    names = ("kept", "worked-on", "next", "later")
    buffer, documents = a_buffer(slots=3, most=1000), {name: Closable(400) for name in names}
    read_page(buffer, page("kept"), documents["kept"])
    pages = {name: page(name) for name in names[1:]}
    buffer.add(list(pages.values()))
    buffer.keep(pages["worked-on"].task.s3_key, documents["worked-on"])
    assert buffer.take() is pages["worked-on"]
    assert (buffer.bytes, buffer.to_fetch(0)) == (800, pages["next"].task.s3_key)
    buffer.keep(pages["next"].task.s3_key, documents["next"])
    assert documents["kept"].closed  # for the others need its room
    assert (buffer.bytes, buffer.to_fetch(0)) == (800, pages["later"].task.s3_key)
    buffer.keep(pages["later"].task.s3_key, documents["later"])
    assert documents["later"].closed  # there was no room for it
    assert (buffer.bytes, buffer.to_fetch(0)) == (800, None)
    buffer.release(pages["worked-on"].task.s3_key)
    assert (buffer.bytes, documents["worked-on"].closed, documents["next"].closed) == (800, 0, 0)


def test_nothing_is_fetched_ahead_while_what_is_needed_fills_the_room(page: Callable[[str], Delivery]) -> None:
    buffer, one = a_buffer(slots=3, most=400), page("one")
    buffer.add([one, page("two")])
    buffer.take()
    buffer.keep(one.task.s3_key, Closable(400))
    assert buffer.to_fetch(0) is None
    buffer.release(one.task.s3_key)
    assert buffer.to_fetch(0) is not None


def test_no_more_than_64_documents_are_kept(page: Callable[[str], Delivery]) -> None:
    buffer, documents = a_buffer(slots=1, most=1_000_000), [Closable(1) for _ in range(70)]
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
