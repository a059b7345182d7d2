"""The deliveries that a worker holds, and the documents that are fetched for them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from adapters.memory.clock import MemoryClock
from ocrcore.application.worker.attempt import Delivery
from ocrcore.ports.documents import BytesSource, DocumentMissing
from unit.application.worker.buffers import START, a_buffer


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


def test_a_document_whose_claim_was_not_won_is_left_to_the_next_page(page: Callable[[str], Delivery]) -> None:
    one, other = page("long"), replace(page("long"), receipt="another")
    buffer = a_buffer(slots=2)
    buffer.add([one, other])
    assert buffer.take() is one
    assert buffer.take() is None
    buffer.release(one.task.s3_key)
    assert buffer.take() is other
