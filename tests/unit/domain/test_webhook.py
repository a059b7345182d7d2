import base64
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook as Verifier

from ocrcore.domain.audit import RETENTION
from ocrcore.domain.item import Sweep
from ocrcore.domain.job import Job
from ocrcore.domain.lifecycle import Counts, ItemStatus
from ocrcore.domain.notice import WebhookEvent, ping
from ocrcore.domain.webhook import (
    DELIVERY_ERROR_SENTENCES,
    DELIVERY_LEASE,
    MOST_WEBHOOKS,
    RETRY_LIFE,
    Delivery,
    DeliveryError,
    DeliveryStatus,
    deliveries_of,
    secret_text,
    signed_headers,
)
from ocrcore.testing.builders import START, TICK, a_draft, an_id
from ocrcore.testing.webhooks import a_webhook

NOTICE = ping(an_id(1), an_id(2), START)
DELIVERY = Delivery.of(NOTICE, a_webhook())


def a_job(total: int = 2) -> Job:
    return a_draft().submitted(START, total).without_events()


def cancelled(job: Job) -> Job:
    return job.swept(Sweep.cancel(START), {ItemStatus.PENDING: job.counts.pending})


def test_the_last_open_item_makes_a_notice() -> None:
    job = cancelled(a_job())
    (notice,) = job.notices
    assert notice.message_id == f"{job.id}#{2}"
    assert json.loads(notice.body) == {
        "type": "job.finished",
        "timestamp": "2026-01-02T03:04:05.678901Z",
        "data": {
            "job_id": str(job.id),
            "status": "ERROR",
            "finished_at": "2026-01-02T03:04:05.678901Z",
            "items": {"total": 2, "pending": 0, "processing": 0, "done": 0, "error": 2, "expired": 0},
        },
    }
    assert job.name not in notice.body
    assert job.without_events().notices == ()


def test_no_other_change_does() -> None:
    job = a_job()
    partly = job.swept(Sweep.cancel(START), {ItemStatus.PENDING: 1})
    for changed in (job, partly, job.renamed("x", START)):
        assert changed.notices == ()
    assert a_draft().deleted(START).notices == ()


def test_a_deletion_is_told_with_the_status_that_the_job_had() -> None:
    for actor in (None, RETENTION):
        (notice,) = a_job().deleted(START + TICK, actor).notices
        data = json.loads(notice.body)["data"]
        assert (notice.event, data["status"], data["finished_at"]) == (WebhookEvent.JOB_DELETED, "PENDING", None)


def test_every_notice_of_a_job_has_an_id_of_its_own() -> None:
    job, ids = a_job(), []
    for _ in range(3):
        job = cancelled(job)
        ids += [notice.message_id for notice in job.notices]
        retry = Sweep.retry(START, 3)
        job = job.without_events().retried(START).swept(retry, {ItemStatus.ERROR: job.counts.error}).without_events()
    ids += [notice.message_id for notice in job.deleted(START).notices]
    assert len(set(ids)) == len(ids) == 4


def test_a_notice_is_delivered_to_those_that_want_its_event() -> None:
    job = cancelled(a_job())
    all_of_it, deletions = a_webhook(1), replace(a_webhook(2), events=frozenset({WebhookEvent.JOB_DELETED}))
    notices = [*job.notices, *job.without_events().deleted(START).notices]
    found = deliveries_of(notices, [all_of_it, deletions])
    assert [(each.webhook_id, each.event) for each in found] == [
        (all_of_it.id, WebhookEvent.JOB_FINISHED),
        (all_of_it.id, WebhookEvent.JOB_DELETED),
        (deletions.id, WebhookEvent.JOB_DELETED),
    ]
    assert len({each.id for each in found}) == 3
    assert deliveries_of(notices, [all_of_it]) == found[:2]


def test_an_attempt_ends_with_any_2xx() -> None:
    for status in (200, 202, 204, 299):
        done = DELIVERY.leased(START).answered(status, START + TICK, 0.5)
        assert (done.status, done.answer, done.error, done.due_at) == (DeliveryStatus.DELIVERED, status, None, None)
        assert done.finished_at == START + TICK


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (199, DeliveryError.REFUSED),
        (302, DeliveryError.REDIRECT),
        (400, DeliveryError.REFUSED),
        (503, DeliveryError.REFUSED),
    ],
)
def test_any_other_answer_is_followed_by_another_attempt(status: int, error: DeliveryError) -> None:
    failed = DELIVERY.leased(START).answered(status, START, 0.5)
    assert (failed.status, failed.answer, failed.error) == (DeliveryStatus.WAITING, status, error)
    assert failed.due_at is not None
    assert START < failed.due_at <= START + timedelta(seconds=5)
    assert not failed.is_in_flight(START)


def test_410_is_the_last_answer() -> None:
    gone = DELIVERY.leased(START).answered(410, START, 0.5)
    assert (gone.status, gone.answer, gone.error) == (DeliveryStatus.FAILED, 410, DeliveryError.GONE)


@given(st.floats(0, 1, exclude_max=True))
def test_attempts_go_on_for_a_day_and_grow_apart(jitter: float) -> None:
    delivery, now, waits = DELIVERY, START + timedelta(days=2), []
    first = now
    while delivery.status is DeliveryStatus.WAITING:
        delivery = delivery.leased(now)
        assert delivery.is_in_flight(now)
        assert not delivery.is_due(now)
        delivery = delivery.unanswered(DeliveryError.TIMEOUT, now, jitter)
        if delivery.due_at is not None:
            waits.append(delivery.due_at - now)
            now = delivery.due_at
    assert now - first == RETRY_LIFE
    assert waits[:-1] == sorted(waits[:-1])
    assert timedelta(hours=2) <= max(waits) <= timedelta(hours=4)
    assert 10 <= delivery.attempts <= 22
    assert delivery.error is DeliveryError.TIMEOUT


def test_a_lease_that_lapses_makes_it_due() -> None:
    leased = DELIVERY.leased(START)
    assert not leased.is_due(START + DELIVERY_LEASE - TICK)
    assert leased.is_due(START + DELIVERY_LEASE)
    assert not leased.is_in_flight(START + DELIVERY_LEASE)
    assert leased.leased(START + DELIVERY_LEASE).attempts == 2


def test_a_new_round_of_what_is_under_way_begins_when_its_lease_has_ended() -> None:
    disabled = replace(a_webhook(), disabled_at=START)
    wanted = DELIVERY.leased(START).again(START + TICK)
    assert (wanted.status, wanted.tries, wanted.since) == (DeliveryStatus.WAITING, 0, START + TICK)
    assert wanted.is_in_flight(START + TICK)  # so it counts as one of the two
    assert not wanted.is_due(START + TICK)
    assert wanted.is_due(START + DELIVERY_LEASE)
    assert not wanted.leased(START + DELIVERY_LEASE).is_pointless(disabled)


def test_a_new_round_begins_at_once_where_nothing_is_under_way() -> None:
    leased = DELIVERY.leased(START)
    failed = leased.failed(START, DeliveryError.TIMEOUT)
    again = failed.again(START + timedelta(days=9))
    assert (again.status, again.attempts, again.tries) == (DeliveryStatus.WAITING, 1, 0)
    assert again.finished_at is None
    assert again.is_due(START + timedelta(days=9))
    assert (again.id, again.message_id, again.body) == (DELIVERY.id, DELIVERY.message_id, DELIVERY.body)
    second = again.leased(START + timedelta(days=9)).unanswered(DeliveryError.TIMEOUT, START + timedelta(days=9), 0)
    assert second.status is DeliveryStatus.WAITING


def test_what_a_disabled_webhook_waits_for_is_pointless_until_it_is_wanted_again() -> None:
    disabled = replace(a_webhook(), disabled_at=START + TICK)
    tried = DELIVERY.leased(START).unanswered(DeliveryError.TIMEOUT, START, 0).leased(START + 2 * TICK)
    assert DELIVERY.leased(START + 2 * TICK).is_pointless(disabled)
    assert tried.is_pointless(disabled)
    assert not tried.is_pointless(a_webhook())
    wanted = tried.failed(START + 2 * TICK, DeliveryError.DISABLED).again(START + 3 * TICK).leased(START + 3 * TICK)
    assert not wanted.is_pointless(disabled)
    born = Delivery.of(NOTICE, disabled)
    assert (born.status, born.error) == (DeliveryStatus.FAILED, DeliveryError.DISABLED)


@given(st.binary(min_size=24, max_size=64), st.integers(0, 10**9))
def test_the_reference_implementation_verifies_our_signatures(secret: bytes, serial: int) -> None:
    delivery = replace(DELIVERY, message_id=f"{an_id(3)}#{serial}")
    headers = signed_headers(delivery, secret, datetime.now(UTC))
    assert Verifier(secret_text(secret)).verify(delivery.body, headers) == json.loads(delivery.body)


def test_a_secret_is_text_that_libraries_of_standard_webhooks_take() -> None:
    assert base64.b64decode(secret_text(b"x" * 32).removeprefix("whsec_")) == b"x" * 32


def test_every_reason_has_a_sentence() -> None:
    assert DELIVERY_ERROR_SENTENCES.keys() == set(DeliveryError)
    assert all(sentence.endswith(".") for sentence in DELIVERY_ERROR_SENTENCES.values())
    assert replace(DELIVERY, error="a newer one").error_sentence is None


def test_counts_of_a_job_are_told_as_they_are() -> None:
    job = replace(a_job(), counts=Counts(total=6, pending=1, processing=2, done=1, error=2, expired=1))
    (notice,) = job.deleted(START).notices
    assert json.loads(notice.body)["data"]["items"] == {
        "total": 6,
        "pending": 1,
        "processing": 2,
        "done": 1,
        "error": 2,
        "expired": 1,
    }
    assert UUID(json.loads(notice.body)["data"]["job_id"]) == job.id
    assert MOST_WEBHOOKS == 10
