"""The contract of ``Deliveries``, and of the notices that ``JobTransaction`` writes."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from ocrcore.domain.item import Sweep
from ocrcore.domain.key_entry import KeyAction, webhook_entry
from ocrcore.domain.notice import WebhookEvent, ping
from ocrcore.domain.webhook import DELIVERY_LEASE, Delivery, DeliveryError, DeliveryStatus
from ocrcore.ports.deliveries import DeliveryCursor, FailingWebhook
from ocrcore.ports.jobs import JobTransaction
from ocrcore.ports.webhooks import WebhookChange
from ocrcore.testing.builders import (
    START,
    TICK,
    StateOfRecord,
    a_draft,
    all_items,
    an_id,
    claim,
    delete,
    finish,
    submit,
)
from ocrcore.testing.jobs_races import at_once
from ocrcore.testing.record import RecordContract
from ocrcore.testing.webhooks import a_webhook, put_webhooks

_ROUNDS = 5
_LATER = START + timedelta(hours=1)
_INSTANTS = (timedelta(), timedelta(), TICK)
_HOOK = a_webhook()


class _Undo(Exception):
    pass


def a_delivery(number: int = 1, *, webhook: int = 1, at: timedelta = timedelta()) -> Delivery:
    """Return a delivery that is not stored, due at ``START`` and this much."""
    return Delivery.of(ping(an_id(webhook), an_id(number), START + at), a_webhook(webhook))


def put_deliveries(record: StateOfRecord, *deliveries: Delivery) -> None:
    """Write deliveries as they are."""
    for delivery in deliveries:
        record.deliveries.add(delivery)


def listed(record: StateOfRecord, webhook: int = 1) -> Sequence[Delivery]:
    """Return the deliveries of a webhook, newest first."""
    return record.deliveries.list(an_id(webhook), None, 100)


def _finish_job(record: StateOfRecord, number: int = 1, owner: str = "ana") -> None:
    job = submit(record.jobs, a_draft(number, owner=owner))
    for item in all_items(record.jobs, job):
        finish(record.jobs, claim(record.jobs, item))


class DeliveriesContract(RecordContract):
    """The contract of ``Deliveries``. Override the fixture ``record``."""

    def test_what_happens_to_a_job_is_written_for_each_webhook_of_its_owner(self, record: StateOfRecord) -> None:
        only = replace(a_webhook(2), events=frozenset({WebhookEvent.JOB_DELETED}))
        put_webhooks(record, _HOOK, only, a_webhook(3, owner="bob"))
        _finish_job(record)
        delete(record.jobs, record.jobs.get(an_id(1), "ana"))
        _finish_job(record, 2, owner="eve")
        assert {each.event for each in listed(record, 1)} == {WebhookEvent.JOB_FINISHED, WebhookEvent.JOB_DELETED}
        assert [each.event for each in listed(record, 2)] == [WebhookEvent.JOB_DELETED]
        assert list(listed(record, 3)) == []
        assert {each.job_id for each in listed(record)} == {an_id(1)}
        assert len({each.message_id for each in listed(record)}) == 2
        assert listed(record, 2)[0].body in {each.body for each in listed(record)}

    def test_a_job_that_is_retried_and_finished_again_is_told_of_again(self, record: StateOfRecord) -> None:
        put_webhooks(record, _HOOK)
        job = submit(record.jobs, a_draft(), 2)

        def cancel(transaction: JobTransaction) -> None:
            sweep = Sweep.cancel(START)
            transaction.save(transaction.job.swept(sweep, transaction.sweep(sweep)))

        def retry(transaction: JobTransaction) -> None:
            sweep = Sweep.retry(START, 3)
            transaction.save(transaction.job.retried(START).swept(sweep, transaction.sweep(sweep)))

        for step in (cancel, retry, cancel):
            record.jobs.transact(job.id, step)
        told = [each.message_id for each in listed(record)]
        assert len(told) == len(set(told)) == 2

    def test_what_is_rolled_back_is_not_told(self, record: StateOfRecord) -> None:
        put_webhooks(record, _HOOK)
        job = submit(record.jobs, a_draft())

        def decide(transaction: JobTransaction) -> None:
            sweep = Sweep.cancel(START)
            transaction.save(transaction.job.swept(sweep, transaction.sweep(sweep)))
            raise _Undo

        with pytest.raises(_Undo):
            record.jobs.transact(job.id, decide)
        assert list(listed(record)) == []

    def test_a_disabled_webhook_gets_failed_deliveries(self, record: StateOfRecord) -> None:
        put_webhooks(record, replace(_HOOK, disabled_at=START))
        _finish_job(record)
        (told,) = listed(record)
        assert (told.status, told.error) == (DeliveryStatus.FAILED, DeliveryError.DISABLED)
        assert list(record.deliveries.due(_LATER, 10)) == []

    def test_a_delivery_comes_back_as_it_was(self, record: StateOfRecord) -> None:
        put_webhooks(record, _HOOK)
        plain = a_delivery(1)
        full = replace(
            a_delivery(2, at=TICK),
            job_id=an_id(5),
            status=DeliveryStatus.FAILED,
            attempts=9,
            tries=8,
            since=START,
            due_at=START + TICK,
            lease_until=START + 2 * TICK,
            finished_at=START + 3 * TICK,
            tried_at=START + 4 * TICK,
            answer=500,
            error=DeliveryError.REFUSED,
        )
        put_deliveries(record, plain, full)
        assert list(listed(record)) == [full, plain]

    def test_deliveries_are_listed_newest_first(self, record: StateOfRecord) -> None:
        put_webhooks(record, _HOOK, a_webhook(2))
        own = [a_delivery(number, at=timedelta(seconds=number // 2)) for number in range(4)]
        put_deliveries(record, *own, a_delivery(1, webhook=2))
        expected = sorted(own, key=lambda each: (each.created_at, each.id), reverse=True)
        assert list(listed(record)) == expected
        after = DeliveryCursor(expected[1].created_at, expected[1].id)
        assert list(record.deliveries.list(_HOOK.id, after, 1)) == [expected[2]]

    def test_a_webhook_is_due_with_its_first_delivery(self, record: StateOfRecord) -> None:
        put_webhooks(record, _HOOK, a_webhook(2), a_webhook(3))
        put_deliveries(record, a_delivery(1), a_delivery(2), a_delivery(3, webhook=2, at=TICK))
        assert list(record.deliveries.due(START - TICK, 10)) == []
        assert record.deliveries.due(START, 10) == {_HOOK.id: _HOOK.owner}
        assert set(record.deliveries.due(START + TICK, 10)) == {_HOOK.id, an_id(2)}
        assert len(record.deliveries.due(START + TICK, 1)) == 1

    def test_the_delivery_that_is_due_longest_is_leased(self, record: StateOfRecord) -> None:
        put_webhooks(record, _HOOK)
        late, early = a_delivery(1, at=TICK), a_delivery(2)
        put_deliveries(record, late, early)
        assert record.deliveries.lease(_HOOK.id, START - TICK, 2) is None
        leased = record.deliveries.lease(_HOOK.id, _LATER, 2)
        assert leased is not None
        assert (leased.delivery, leased.webhook) == (early.leased(_LATER), _HOOK)
        assert listed(record)[1] == early.leased(_LATER)
        assert record.deliveries.lease(an_id(404), _LATER, 2) is None

    def test_only_so_many_attempts_are_under_way(self, record: StateOfRecord) -> None:
        put_webhooks(record, _HOOK)
        put_deliveries(record, *(a_delivery(number) for number in range(4)))
        leases = [record.deliveries.lease(_HOOK.id, _LATER, 2) for _ in range(3)]
        assert [lease is not None for lease in leases] == [True, True, False]
        assert leases[0] is not None
        assert record.deliveries.record(leases[0].delivery.answered(200, _LATER, 0))
        assert record.deliveries.lease(_HOOK.id, _LATER, 2) is not None
        assert record.deliveries.lease(_HOOK.id, _LATER, 2) is None
        assert record.deliveries.lease(_HOOK.id, _LATER + DELIVERY_LEASE, 2) is not None

    def test_processes_that_lease_at_once_begin_different_attempts(self, record: StateOfRecord) -> None:
        for turn in range(_ROUNDS):
            webhook = 100 + turn
            put_webhooks(record, a_webhook(webhook))
            put_deliveries(record, *(a_delivery(number, webhook=webhook) for number in range(3)))
            found = at_once(*[partial(record.deliveries.lease, an_id(webhook), _LATER, 2)] * 4)
            begun = [lease.delivery.id for lease in found if lease is not None and hasattr(lease, "delivery")]
            assert 1 <= len(begun) <= 2
            assert len(set(begun)) == len(begun)

    def test_an_attempt_is_recorded_once_and_only_if_no_other_has_begun(self, record: StateOfRecord) -> None:
        put_webhooks(record, _HOOK)
        put_deliveries(record, a_delivery())
        first = record.deliveries.lease(_HOOK.id, START, 2)
        second = record.deliveries.lease(_HOOK.id, START + DELIVERY_LEASE, 2)
        assert first is not None
        assert second is not None
        assert second.delivery.attempts == 2
        assert not record.deliveries.record(first.delivery.answered(200, _LATER, 0))
        done = second.delivery.answered(204, _LATER, 0)
        assert record.deliveries.record(done)
        assert not record.deliveries.record(second.delivery.answered(500, _LATER, 0))
        assert list(listed(record)) == [done]

    def test_an_attempt_may_change_its_webhook(self, record: StateOfRecord) -> None:
        put_webhooks(record, _HOOK)
        put_deliveries(record, a_delivery())
        leased = record.deliveries.lease(_HOOK.id, START, 2)
        assert leased is not None
        gone = leased.delivery.answered(410, _LATER, 0)
        entries = [webhook_entry(_HOOK, KeyAction.WEBHOOK_DISABLED, "receiver", _LATER)]
        disabled = replace(_HOOK, disabled_at=_LATER)
        assert record.deliveries.record(gone, disabled, entries)
        assert not record.deliveries.record(gone, _HOOK, entries)
        assert record.webhooks.get(_HOOK.id) == disabled
        assert list(record.api_keys.history("ana", None, 10)) == entries

    def test_a_delivery_is_sent_again(self, record: StateOfRecord) -> None:
        put_webhooks(record, _HOOK, a_webhook(2))
        put_deliveries(record, a_delivery())
        leased = record.deliveries.lease(_HOOK.id, START, 2)
        assert leased is not None
        done = leased.delivery.answered(200, START, 0)
        record.deliveries.record(done)
        assert record.deliveries.renew(an_id(2), done.id, _LATER) is None
        assert record.deliveries.renew(_HOOK.id, an_id(404), _LATER) is None
        assert record.deliveries.renew(_HOOK.id, done.id, _LATER) == done.again(_LATER)
        assert list(listed(record)) == [done.again(_LATER)]
        assert list(record.deliveries.due(_LATER, 10)) == [_HOOK.id]

    def test_a_delivery_that_is_under_way_is_sent_again_whatever_its_attempt_says(self, record: StateOfRecord) -> None:
        put_webhooks(record, _HOOK)
        put_deliveries(record, a_delivery())
        leased = record.deliveries.lease(_HOOK.id, START, 2)
        assert leased is not None
        wanted = leased.delivery.again(START + TICK)
        assert record.deliveries.renew(_HOOK.id, wanted.id, START + TICK) == wanted
        for status in (200, 410, 500):
            assert not record.deliveries.record(leased.delivery.answered(status, START + 2 * TICK, 0))
        assert list(listed(record)) == [wanted]
        again = record.deliveries.lease(_HOOK.id, START + DELIVERY_LEASE, 2)
        assert again is not None
        assert record.deliveries.record(again.delivery.answered(200, _LATER, 0))

    def test_deliveries_of_a_removed_webhook_are_shown_no_more_and_dropped(self, record: StateOfRecord) -> None:
        put_webhooks(record, _HOOK)
        put_deliveries(record, *(a_delivery(number) for number in range(3)))
        leased = record.deliveries.lease(_HOOK.id, START, 2)
        record.webhooks.change("ana", lambda _: WebhookChange(remove=_HOOK.id))
        assert list(listed(record)) == []
        assert list(record.deliveries.due(_LATER, 10)) == []
        assert record.deliveries.lease(_HOOK.id, _LATER, 2) is None
        assert record.deliveries.figures(_LATER).oldest_due_at is None
        assert [record.deliveries.drop(_HOOK.id, 2) for _ in range(3)] == [2, 1, 0]
        assert leased is not None
        assert not record.deliveries.record(leased.delivery.answered(200, _LATER, 0))

    def test_old_deliveries_are_forgotten(self, record: StateOfRecord) -> None:
        put_webhooks(record, _HOOK)
        done = [a_delivery(number, at=at).failed(_LATER, DeliveryError.GONE) for number, at in enumerate(_INSTANTS)]
        put_deliveries(record, *done)
        assert record.deliveries.forget(START, 10) == 0
        assert [record.deliveries.forget(START + TICK, 1) for _ in range(3)] == [1, 1, 0]
        assert list(listed(record)) == done[2:]

    def test_what_is_yet_to_be_sent_is_not_forgotten_unless_its_webhook_was_removed(
        self, record: StateOfRecord
    ) -> None:
        put_webhooks(record, _HOOK)
        waiting, tried = a_delivery(1), a_delivery(2).leased(START)
        put_deliveries(record, waiting, tried, a_delivery(3, webhook=2))
        assert [record.deliveries.forget(_LATER, 10) for _ in range(2)] == [1, 0]
        assert {each.id for each in listed(record)} == {waiting.id, tried.id}

    def test_figures_count_deliveries_and_tell_how_late_they_are(self, record: StateOfRecord) -> None:
        put_webhooks(record, _HOOK)
        assert record.deliveries.figures(_LATER).oldest_due_at is None
        done = a_delivery(2).leased(START).answered(200, START, 0)
        put_deliveries(record, a_delivery(1, at=TICK), done, a_delivery(3, at=2 * TICK))
        figures = record.deliveries.figures(START + TICK)
        assert figures.oldest_due_at == START + TICK
        assert dict(figures.by_status) == {
            DeliveryStatus.WAITING: 2,
            DeliveryStatus.DELIVERED: 1,
            DeliveryStatus.FAILED: 0,
        }

    def test_webhooks_whose_deliveries_failed_are_found(self, record: StateOfRecord) -> None:
        put_webhooks(record, _HOOK, a_webhook(2), a_webhook(3))
        failed = [a_delivery(number).failed(_LATER, DeliveryError.TIMEOUT) for number in range(2)]
        put_deliveries(record, *failed, a_delivery(1, webhook=2).failed(_LATER, DeliveryError.GONE))
        put_deliveries(record, a_delivery(1, webhook=3), a_delivery(2, webhook=3).failed(START, DeliveryError.GONE))
        worst = [FailingWebhook(_HOOK, 2), FailingWebhook(a_webhook(2), 1)]
        assert list(record.deliveries.failing(START, 10)) == worst
        assert list(record.deliveries.failing(START, 1)) == worst[:1]
        assert list(record.deliveries.failing(_LATER, 10)) == []
