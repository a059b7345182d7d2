from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from ocrcore.domain.audit import UPKEEP, WORKER, AuditAction, AuditEntry, item_event
from ocrcore.domain.codes import ItemErrorCode
from ocrcore.domain.item import Item, Sweep
from ocrcore.domain.job import Job
from ocrcore.domain.lifecycle import Counts, ItemStatus
from unit.domain.examples import (
    EARLIER,
    ITEM_ID,
    JOB_ID,
    LAYOUT,
    LAYOUT_KEY,
    LEASE,
    NOW,
    TICK,
    done,
    failed,
    job,
    pending,
    processing,
)

LAPSED = processing(attempts=2, lease_until=NOW)
LAST = processing(attempts=3, lease_until=NOW)
CRASHED, CORRUPT = ItemErrorCode.OCR_CRASHED, ItemErrorCode.IMAGE_CORRUPT

STEPS: list[tuple[Item, Callable[[Item], Item], AuditAction, str, dict[str, str | int]]] = [
    (pending(), lambda i: i.claim(NOW, LEASE), AuditAction.ITEM_CLAIMED, WORKER, {"attempt": 1}),
    (
        pending(),
        lambda i: i.claim(NOW, LEASE, JOB_ID),
        AuditAction.ITEM_CLAIMED,
        WORKER,
        {"attempt": 1, "worker": str(JOB_ID)},
    ),
    (
        replace(processing(), worker=JOB_ID),
        lambda i: i.recognised(1, NOW, LAYOUT, LAYOUT_KEY),
        AuditAction.ITEM_RECOGNISED,
        WORKER,
        {"attempt": 1},
    ),
    (
        LAPSED,
        lambda i: i.claim(NOW, LEASE),
        AuditAction.ITEM_CLAIMED,
        WORKER,
        {"attempt": 3, "why": "lease-lapsed"},
    ),
    (
        LAST,
        lambda i: i.claim(NOW, LEASE),
        AuditAction.ITEM_FAILED,
        UPKEEP,
        {"attempt": 3, "why": "lease-lapsed", "code": "too-many-attempts"},
    ),
    (
        processing(),
        lambda i: i.recognised(1, NOW, LAYOUT, LAYOUT_KEY),
        AuditAction.ITEM_RECOGNISED,
        WORKER,
        {"attempt": 1},
    ),
    (
        processing(),
        lambda i: i.failed(1, NOW, CORRUPT),
        AuditAction.ITEM_FAILED,
        WORKER,
        {"attempt": 1, "why": "fault", "code": "image-corrupt"},
    ),
    (
        processing(),
        lambda i: i.released(1, NOW, CRASHED),
        AuditAction.ITEM_RELEASED,
        WORKER,
        {"attempt": 1, "why": "fault", "code": "ocr-crashed"},
    ),
    (
        processing(attempts=3),
        lambda i: i.released(3, NOW, CRASHED),
        AuditAction.ITEM_FAILED,
        WORKER,
        {"attempt": 3, "why": "fault", "code": "ocr-crashed"},
    ),
    (
        processing(),
        lambda i: i.given_back(1, NOW),
        AuditAction.ITEM_RELEASED,
        WORKER,
        {"attempt": 1, "why": "given-back"},
    ),
    (
        LAPSED,
        lambda i: i.lease_lapsed(NOW),
        AuditAction.ITEM_RELEASED,
        UPKEEP,
        {"attempt": 2, "why": "lease-lapsed"},
    ),
    (
        LAST,
        lambda i: i.lease_lapsed(NOW),
        AuditAction.ITEM_FAILED,
        UPKEEP,
        {"attempt": 3, "why": "lease-lapsed", "code": "too-many-attempts"},
    ),
]


def only(job: Job) -> AuditEntry:
    (entry,) = job.events
    return entry


@pytest.mark.parametrize(("before", "verb", "action", "actor", "detail"), STEPS)
def test_each_step_of_an_item_is_told(
    before: Item, verb: Callable[[Item], Item], action: AuditAction, actor: str, detail: dict[str, str | int]
) -> None:
    after = verb(before)
    event = item_event(before, after)
    assert event is not None
    assert (event.action, event.actor) == (action, actor)
    assert event.detail == {"item_id": str(ITEM_ID), "position": 0, **detail}
    assert event.subject == f"{ITEM_ID}#{after.attempts}"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (processing(), processing().heartbeat(1, NOW, LEASE)),
        (pending(), pending().requeued(NOW)),
        (done(), done().recognised(1, NOW, LAYOUT, LAYOUT_KEY)),
        (failed(), failed().failed(1, NOW, CORRUPT)),
    ],
)
def test_heartbeats_requeues_and_answers_heard_before_are_not_told(before: Item, after: Item) -> None:
    assert item_event(before, after) is None


def test_a_submission_is_the_first_event() -> None:
    draft = replace(job(Counts()), submitted_at=None)
    assert only(draft.submitted(NOW, 3)) == AuditEntry(
        f"{JOB_ID}#1#job.created", JOB_ID, AuditAction.JOB_CREATED, "local", NOW, {"items": 3}
    )


def test_a_new_name_is_told_but_not_repeated() -> None:
    entry = only(job().renamed("secret plans", NOW))
    assert (entry.action, entry.actor, entry.detail) == (AuditAction.JOB_RENAMED, "local", {})


def test_a_deletion_is_told_but_for_a_draft() -> None:
    assert only(job().deleted(NOW)) == AuditEntry(
        f"{JOB_ID}#1#job.deleted", JOB_ID, AuditAction.JOB_DELETED, "local", NOW, {}
    )
    assert replace(job(Counts()), submitted_at=None).deleted(NOW).events == ()


@pytest.mark.parametrize(
    ("counts", "sweep", "action", "actor"),
    [
        (Counts(3, pending=2, processing=1), Sweep.expire(NOW), AuditAction.JOB_EXPIRED, UPKEEP),
        (Counts(3, pending=2, processing=1), Sweep.cancel(NOW), AuditAction.JOB_CANCELLED, "local"),
    ],
)
def test_a_sweep_is_one_entry_with_counts(counts: Counts, sweep: Sweep, action: AuditAction, actor: str) -> None:
    swept = job(counts).swept(sweep, {ItemStatus.PENDING: 2, ItemStatus.PROCESSING: 1})
    entry = only(swept)
    assert (entry.action, entry.actor, entry.at) == (action, actor, NOW)
    assert entry.detail == {"pending": 2, "processing": 1}


def test_a_retry_is_told_by_its_sweep() -> None:
    ended = job(Counts(2, done=1, error=1))
    retried = ended.retried(NOW).swept(Sweep.retry(NOW, 3), {ItemStatus.ERROR: 1})
    assert (only(retried).action, only(retried).detail) == (AuditAction.JOB_RETRIED, {"error": 1})


def test_a_sweep_that_found_nothing_is_not_told() -> None:
    assert job().swept(Sweep.cancel(NOW), {ItemStatus.PENDING: 0}).events == ()


def test_events_of_items_have_no_serial() -> None:
    claimed = pending().claim(NOW, LEASE)
    moved = job().moved([(pending(), claimed)], NOW)
    assert only(moved).event_id == f"{ITEM_ID}#1#item.claimed"
    assert (moved.event_serial, moved.last_event_at) == (0, NOW)


@pytest.mark.parametrize("now", [NOW, NOW - timedelta(hours=3), EARLIER])
def test_a_clock_that_stands_or_steps_back_keeps_the_order(now: datetime) -> None:
    first = job().renamed("a", NOW)
    second = first.without_events().renamed("b", now)
    assert only(second).at == NOW + TICK
    assert only(second).event_id == f"{JOB_ID}#2#job.renamed"


def test_a_later_event_has_its_own_instant() -> None:
    second = job().renamed("a", NOW).without_events().renamed("b", NOW + 2 * TICK)
    assert only(second).at == NOW + 2 * TICK


def test_news_do_not_make_another_job() -> None:
    told = job().renamed("a", NOW)
    assert told.without_events() == told
    assert told.without_events().without_events().events == ()


def test_a_detail_cannot_be_changed_from_outside() -> None:
    detail: dict[str, str | int] = {"items": 1}
    entry = AuditEntry("e", JOB_ID, AuditAction.JOB_CREATED, "local", NOW, detail)
    detail["items"] = 2
    assert entry.detail == {"items": 1}
