import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from threading import Event, Lock
from uuid import UUID

from entrypoints.http.webhook_sender import Lane, Lanes, WebhookSender
from ocrcore.domain.errors import DatabaseUnavailable
from ocrcore.domain.webhook import Delivery, DeliveryError
from ocrcore.testing.builders import START, an_id
from ocrcore.testing.deliveries import a_delivery
from ocrcore.testing.patience import FOREVER

DONE = a_delivery().leased(START).answered(200, START, 0)
FAILED = a_delivery().leased(START).unanswered(DeliveryError.TIMEOUT, START, 0)


def proven(lanes: Lanes, *numbers: int) -> Lanes:
    """Return the lanes after a delivery to each of these webhooks."""
    for number in numbers:
        assert lanes.may_go_on(an_id(number), Lane.NEW, is_slow=False)
    return lanes


def test_a_webhook_has_two_threads_at_most_and_a_new_one_one() -> None:
    lanes = proven(Lanes(), 1)
    assert [lanes.enter(an_id(1), "ana") for _ in range(3)] == [Lane.FAST, Lane.FAST, None]
    lanes.leave(an_id(1), "ana", Lane.FAST)
    assert lanes.enter(an_id(1), "ana") is Lane.FAST
    assert [lanes.enter(an_id(2), "ana") for _ in range(2)] == [Lane.NEW, None]


def test_there_are_so_many_threads_in_all() -> None:
    lanes = Lanes(threads=3, slow=1)
    assert [lanes.enter(an_id(n), "ana") for n in range(4)] == [Lane.NEW] * 3 + [None]


def test_webhooks_that_are_made_without_end_leave_threads_to_those_that_are_known() -> None:
    lanes = proven(Lanes(threads=8, slow=4, unproven=6), 1)
    assert not lanes.may_go_on(an_id(2), Lane.NEW, is_slow=True)
    assert lanes.enter(an_id(2), "ana") is Lane.SLOW
    assert [lanes.enter(an_id(number), "ana") for number in range(10, 16)] == [Lane.NEW] * 5 + [None]
    assert lanes.enter(an_id(2), "ana") is None
    assert [lanes.enter(an_id(1), "ana") for _ in range(2)] == [Lane.FAST] * 2
    lanes.leave(an_id(10), "ana", Lane.NEW)
    assert lanes.enter(an_id(15), "ana") is Lane.NEW


def test_slow_webhooks_share_a_part_of_the_threads_and_fast_ones_have_the_rest() -> None:
    lanes = proven(Lanes(threads=4, slow=2), 7, 8, 9)
    for number in range(3):
        assert not lanes.may_go_on(an_id(number), Lane.FAST, is_slow=True)
    assert [lanes.enter(an_id(number), "ana") for number in (0, 1, 2)] == [Lane.SLOW, Lane.SLOW, None]
    assert [lanes.enter(an_id(number), "ana") for number in (7, 8, 9)] == [Lane.FAST, Lane.FAST, None]
    lanes.leave(an_id(0), "ana", Lane.SLOW)
    assert lanes.enter(an_id(2), "ana") is Lane.SLOW


def test_a_slow_webhook_gives_its_thread_back_after_each_delivery_and_is_forgiven() -> None:
    lanes = Lanes()
    lanes.may_go_on(an_id(1), Lane.FAST, is_slow=True)
    assert lanes.enter(an_id(1), "ana") is Lane.SLOW
    assert not lanes.may_go_on(an_id(1), Lane.SLOW, is_slow=True)
    assert not lanes.may_go_on(an_id(1), Lane.SLOW, is_slow=False)
    assert lanes.enter(an_id(1), "ana") is Lane.FAST


def test_slow_and_new_webhooks_of_an_owner_leave_threads_to_those_of_others() -> None:
    lanes = proven(Lanes(threads=9, slow=5, unproven=7, of_an_owner=3), 8)
    for number in (1, 2, 9):
        lanes.may_go_on(an_id(number), Lane.FAST, is_slow=True)
    assert [lanes.enter(an_id(number), "ana") for number in (1, 1, 3, 2)] == [Lane.SLOW, Lane.SLOW, Lane.NEW, None]
    assert lanes.enter(an_id(8), "ana") is Lane.FAST
    assert lanes.enter(an_id(9), "bob") is Lane.SLOW
    lanes.leave(an_id(3), "ana", Lane.NEW)
    assert lanes.enter(an_id(2), "ana") is Lane.SLOW


class Outbox:
    """Deliveries that wait, and webhooks whose receivers hang until ``free`` is set."""

    def __init__(self, waiting: dict[UUID, int], slow: Sequence[UUID] = ()) -> None:
        self.waiting, self.slow = Counter(waiting), slow
        self.owners: dict[UUID, str] = {}
        self.free, self.sent, self.lock = Event(), Counter[UUID](), Lock()
        self.old = 250

    def due(self) -> Mapping[UUID, str]:
        with self.lock:
            return {webhook: self.owners.get(webhook, "ana") for webhook, number in self.waiting.items() if number}

    def forget(self) -> int:
        found = min(self.old, 100)
        self.old -= found
        return found

    def deliver(self, webhook: UUID) -> Delivery | None:
        with self.lock:
            if not self.waiting[webhook]:
                return None
            self.waiting[webhook] -= 1
        if webhook in self.slow:
            self.free.wait(FOREVER)
        with self.lock:
            self.sent[webhook] += 1
        return FAILED if webhook in self.slow else DONE


@contextmanager
def sending(outbox: Outbox, lanes: Lanes | None = None) -> Iterator[WebhookSender]:
    sender = WebhookSender(outbox.due, outbox.deliver, outbox.forget, lanes or Lanes(threads=8, slow=4))
    sender.start()
    try:
        yield sender
    finally:
        outbox.free.set()
        sender.stop(timedelta(seconds=FOREVER))


def wait_until(outbox: Outbox, webhook: UUID, number: int) -> None:
    end = time.monotonic() + FOREVER
    while outbox.sent[webhook] < number:
        assert time.monotonic() < end
        time.sleep(0.01)


def test_receivers_that_hang_delay_no_others() -> None:
    slow = [an_id(number) for number in range(10, 13)]
    outbox = Outbox({an_id(1): 30, **dict.fromkeys(slow, 50)}, slow)
    with sending(outbox):
        wait_until(outbox, an_id(1), 30)
        assert not any(outbox.sent[webhook] for webhook in slow)


def test_receivers_of_an_owner_that_hang_delay_none_of_another_owner_that_failed_once() -> None:
    slow = [an_id(number) for number in range(10, 14)]
    outbox = Outbox({an_id(1): 3, **dict.fromkeys(slow, 50)}, slow)
    outbox.owners[an_id(1)] = "bob"
    lanes = Lanes(threads=8, slow=4, of_an_owner=3)
    for webhook in (an_id(1), *slow):
        lanes.may_go_on(webhook, Lane.FAST, is_slow=True)
    with sending(outbox, lanes):
        wait_until(outbox, an_id(1), 3)
        assert not any(outbox.sent[webhook] for webhook in slow)


def test_old_deliveries_are_forgotten_in_steps() -> None:
    outbox = Outbox({})
    with sending(outbox):
        end = time.monotonic() + FOREVER
        while outbox.old:
            assert time.monotonic() < end
            time.sleep(0.01)


def test_an_error_does_not_end_the_sending() -> None:
    outbox, failures = Outbox({an_id(1): 3}), [RuntimeError(), DatabaseUnavailable()]

    def deliver(webhook: UUID) -> Delivery | None:
        if failures:
            raise failures.pop()
        return outbox.deliver(webhook)

    sender = WebhookSender(outbox.due, deliver, outbox.forget)
    sender.start()
    wait_until(outbox, an_id(1), 3)
    sender.stop(timedelta(seconds=FOREVER))


def test_a_stop_begins_nothing_more_and_waits_for_what_is_being_sent() -> None:
    outbox = Outbox({an_id(1): 30}, [an_id(1)])
    with sending(outbox) as sender:
        while outbox.waiting[an_id(1)] > 29:
            time.sleep(0.01)
        sender.drain()
        outbox.free.set()
        sender.stop(timedelta(seconds=FOREVER))
        assert outbox.sent[an_id(1)] == 1  # of a webhook that is new
