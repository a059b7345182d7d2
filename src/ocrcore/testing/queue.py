"""The contract of ``Queue``, with a clock that the suite advances."""

import time
from datetime import timedelta
from threading import Timer

import pytest

from ocrcore.ports.queue import Outgoing, Queue
from ocrcore.testing.patience import within
from ocrcore.testing.queue_model import QueueModelContract
from ocrcore.testing.queue_timed import NOW, TimedQueue, drain
from ocrcore.testing.queue_turns import QueueTurnsContract

_LIMIT = 256 * 1024


class QueueDeliveryContract:
    """The contract of queues that deliver at once and without duplicates. Override the fixture ``timed``."""

    @pytest.fixture
    def timed(self) -> TimedQueue:
        """Return the queue under test, empty, and its clock."""
        raise NotImplementedError

    @pytest.fixture
    def queue(self, timed: TimedQueue) -> Queue:
        """Return the queue under test."""
        return timed.queue

    def test_a_message_arrives_as_it_was_sent(self, queue: Queue) -> None:
        body = '{"key": "it\'s 🙂 漢字"}\t\n'
        assert queue.send([Outgoing(body, "ana")]) == [True]
        (received,) = queue.receive(1, wait=NOW)
        assert (received.body, received.receive_count) == (body, 1)

    def test_a_request_id_comes_back_with_its_message_each_time(self, queue: Queue) -> None:
        request_id = "0199-a b~" + "x" * 55
        assert queue.send([Outgoing("a", "ana", request_id), Outgoing("b", "ana")]) == [True, True]
        first = drain(queue)
        assert {message.body: message.request_id for message in first} == {"a": request_id, "b": None}
        queue.change_visibility({message.receipt: NOW for message in first})
        assert {message.body: message.request_id for message in drain(queue)} == {"a": request_id, "b": None}

    def test_an_empty_queue_gives_nothing_at_once(self, queue: Queue) -> None:
        with within(1):
            assert queue.receive(10, wait=NOW) == []

    def test_sending_nothing_is_allowed(self, queue: Queue) -> None:
        assert queue.send([]) == []

    @pytest.mark.parametrize("limit", [-1, 0, 11])
    def test_one_to_ten_can_be_received(self, queue: Queue, limit: int) -> None:
        with pytest.raises(ValueError, match="10"):
            queue.receive(limit, wait=NOW)

    def test_never_more_than_the_limit_is_handed_out(self, queue: Queue) -> None:
        _send(queue, 25)
        assert [len(queue.receive(limit, wait=NOW)) for limit in (1, 3, 10)] == [1, 3, 10]

    def test_every_message_is_handed_out_once_while_hidden(self, queue: Queue) -> None:
        _send(queue, 25)
        received = drain(queue)
        assert sorted(int(message.body) for message in received) == list(range(25))
        assert len({message.message_id for message in received}) == 25
        assert len({message.receipt for message in received}) == 25

    def test_a_message_is_hidden_until_its_timeout_ends(self, timed: TimedQueue) -> None:
        _send(timed.queue, 1)
        (first,) = timed.queue.receive(1, wait=NOW)
        timed.clock.advance(timed.queue.visibility_timeout - timed.tick)
        assert timed.queue.receive(1, wait=NOW) == []
        timed.clock.advance(timed.tick)
        (second,) = timed.queue.receive(1, wait=NOW)
        assert (second.message_id, second.receive_count) == (first.message_id, 2)
        assert second.receipt != first.receipt

    def test_a_deleted_message_does_not_come_back(self, timed: TimedQueue) -> None:
        _send(timed.queue, 2)
        first, second = timed.queue.receive(2, wait=NOW)
        timed.queue.delete([first.receipt])
        timed.clock.advance(timed.queue.visibility_timeout)
        assert [message.message_id for message in drain(timed.queue)] == [second.message_id]

    def test_only_the_latest_receipt_deletes(self, timed: TimedQueue) -> None:
        _send(timed.queue, 1)
        (first,) = timed.queue.receive(1, wait=NOW)
        timed.queue.change_visibility({first.receipt: NOW})
        (second,) = timed.queue.receive(1, wait=NOW)
        timed.queue.delete([first.receipt])
        timed.queue.change_visibility({second.receipt: NOW})
        (third,) = timed.queue.receive(1, wait=NOW)
        timed.queue.delete([third.receipt])
        timed.clock.advance(timed.queue.visibility_timeout)
        assert timed.queue.receive(1, wait=NOW) == []

    def test_only_the_latest_receipt_changes_visibility(self, queue: Queue) -> None:
        _send(queue, 1)
        (first,) = queue.receive(1, wait=NOW)
        queue.change_visibility({first.receipt: NOW})
        queue.receive(1, wait=NOW)
        queue.change_visibility({first.receipt: NOW})
        assert queue.receive(1, wait=NOW) == []

    def test_visibility_counts_from_the_change(self, timed: TimedQueue) -> None:
        _send(timed.queue, 1)
        (message,) = timed.queue.receive(1, wait=NOW)
        timed.clock.advance(timed.queue.visibility_timeout - timed.tick)
        timed.queue.change_visibility({message.receipt: timedelta(hours=1)})
        timed.clock.advance(timedelta(hours=1) - timed.tick)
        assert timed.queue.receive(1, wait=NOW) == []
        timed.clock.advance(timed.tick)
        assert len(timed.queue.receive(1, wait=NOW)) == 1

    def test_many_changes_are_made_at_once(self, queue: Queue) -> None:
        _send(queue, 10)
        received = queue.receive(10, wait=NOW)
        queue.change_visibility({message.receipt: timedelta(hours=i % 2) for i, message in enumerate(received)})
        shown = {message.message_id for message in drain(queue)}
        assert shown == {message.message_id for message in received[::2]}

    def test_receipts_that_do_not_count_are_passed_over(self, queue: Queue) -> None:
        _send(queue, 2)
        gone, kept = queue.receive(2, wait=NOW)
        queue.delete([gone.receipt])
        strays = [gone.receipt, "", "x", "1.2.3", "-1.1", "99.1", "²", "1" * 30 + ".1"]
        queue.delete(strays)
        queue.change_visibility(dict.fromkeys([*strays, kept.receipt], NOW))
        queue.delete([])
        queue.change_visibility({})
        assert [message.message_id for message in queue.receive(10, wait=NOW)] == [kept.message_id]

    def test_an_id_is_never_used_again(self, queue: Queue) -> None:
        seen: set[str] = set()
        for _ in range(3):
            _send(queue, 2)
            received = queue.receive(10, wait=NOW)
            queue.delete([message.receipt for message in received])
            seen |= {message.message_id for message in received}
        assert len(seen) == 6

    def test_what_no_queue_carries_is_not_accepted(self, queue: Queue) -> None:
        bad = ["", "\x00", "a\x07b", "\ud800", "x" * (_LIMIT + 1), "é" * (_LIMIT // 2) + "x"]
        messages = [Outgoing(body, "ana") for body in [*bad, "good"]]
        assert queue.send(messages) == [False] * len(bad) + [True]
        assert [message.body for message in drain(queue)] == ["good"]

    def test_the_longest_message_is_accepted(self, queue: Queue) -> None:
        assert queue.send([Outgoing("é" * (_LIMIT // 2), "ana")]) == [True]
        assert [len(message.body.encode()) for message in drain(queue)] == [_LIMIT]

    def test_a_receive_waits_for_a_message(self, queue: Queue) -> None:
        timer = Timer(0.05, _send, (queue, 1))
        timer.start()
        try:
            assert len(queue.receive(1, wait=timedelta(seconds=10))) == 1
        finally:
            timer.join()

    def test_a_receive_stops_waiting(self, queue: Queue) -> None:
        began = time.monotonic()
        with within(5):
            assert queue.receive(1, wait=timedelta(milliseconds=100)) == []
        assert time.monotonic() - began >= 0.1

    def test_a_queue_that_stands_can_be_reached(self, queue: Queue) -> None:
        queue.check()


class QueueContract(QueueDeliveryContract, QueueTurnsContract, QueueModelContract):
    """The strict contract of ``Queue``, for embedded queues. Override the fixture ``timed``."""


def _send(queue: Queue, number: int) -> None:
    assert all(queue.send([Outgoing(str(i), "ana") for i in range(number)]))
