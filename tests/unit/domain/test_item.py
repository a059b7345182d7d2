import dataclasses
from datetime import timedelta

import pytest

from ocrcore.domain.codes import ITEM_ERROR_SENTENCES, ItemErrorCode
from ocrcore.domain.item import Item, Sweep
from ocrcore.domain.lifecycle import ItemEvent, ItemStatus
from ocrcore.domain.time_limits import requeue_after, retry_delay
from unit.domain.examples import NOW, TICK, done, failed, pending, processing

MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize("code", ItemErrorCode)
def test_an_item_that_failed_says_why_in_a_sentence(code: ItemErrorCode) -> None:
    assert failed(code=code).error_msg == ITEM_ERROR_SENTENCES[code]


@pytest.mark.parametrize("item", [pending(), processing(), done()])
def test_an_item_that_did_not_fail_says_nothing(item: Item) -> None:
    assert item.error_msg is None


@pytest.mark.parametrize(
    ("attempt", "seconds"), [(1, 10), (2, 20), (3, 40), (4, 80), (5, 160), (6, 300), (7, 300), (100, 300)]
)
def test_the_delay_after_a_fault_doubles_up_to_five_minutes(attempt: int, seconds: int) -> None:
    assert retry_delay(attempt) == timedelta(seconds=seconds)


@pytest.mark.parametrize(("requeues", "minutes"), [(0, 15), (1, 30), (2, 60), (3, 120), (7, 1920)])
def test_the_patience_with_a_silent_queue_doubles_each_time(requeues: int, minutes: int) -> None:
    assert requeue_after(requeues) == minutes * MINUTE


def test_an_item_gets_at_most_eight_messages_in_two_days() -> None:
    waits = [requeue_after(requeues) for requeues in range(8)]
    assert sum(waits[:7], timedelta()) < timedelta(days=2) < sum(waits, timedelta())


@pytest.mark.parametrize("requeues", [0, 1, 5])
def test_an_item_is_forgotten_from_the_very_instant_on(requeues: int) -> None:
    item = pending(requeues=requeues)
    due = item.queued_at + requeue_after(requeues)
    assert item.is_forgotten(due)
    assert not item.is_forgotten(due - TICK)


@pytest.mark.parametrize("item", [processing(), done(), failed()])
def test_only_a_waiting_item_can_be_forgotten(item: Item) -> None:
    assert not item.is_forgotten(NOW + timedelta(days=9))


def test_no_message_of_a_new_item_was_lost() -> None:
    fields = {field.name: field.default for field in dataclasses.fields(Item)}
    assert (fields["requeues"], fields["status"]) == (0, ItemStatus.PENDING)


def test_an_item_with_another_message_waits_anew() -> None:
    item = pending(requeues=2).requeued(NOW)
    assert (item.queued_at, item.requeues, item.status) == (NOW, 3, ItemStatus.PENDING)


def test_expiry_is_a_sweep_over_what_is_open() -> None:
    sweep = Sweep.expire(NOW)
    assert sweep == Sweep(ItemEvent.DEADLINE_PASSED, NOW, ItemErrorCode.EXPIRED, NOW, None, None)
    assert sweep.sources == {ItemStatus.PENDING, ItemStatus.PROCESSING}
    assert sweep.target is ItemStatus.ERROR


def test_cancelling_is_a_sweep_over_what_is_open() -> None:
    sweep = Sweep.cancel(NOW)
    assert sweep == Sweep(ItemEvent.CANCELLED, NOW, ItemErrorCode.CANCELLED, NOW, None, None)
    assert sweep.sources == {ItemStatus.PENDING, ItemStatus.PROCESSING}
    assert sweep.target is ItemStatus.ERROR


def test_a_retry_is_a_sweep_over_what_failed() -> None:
    sweep = Sweep.retry(NOW, allowance=3)
    assert sweep == Sweep(ItemEvent.RETRIED, NOW, None, None, NOW, 3)
    assert sweep.sources == {ItemStatus.ERROR}
    assert sweep.target is ItemStatus.PENDING
