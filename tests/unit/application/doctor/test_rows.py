"""Counts, items and upkeep: what is planted is found, what may be mended is mended, what is young is let alone."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from adapters.memory.ids import MemoryIds
from examined import assert_mended, assert_stays, findings, left, only, rest, settled
from ocrcore import AuditAction, Counts, Finding, FindingKind, ItemErrorCode, ItemStatus, Job, JobStatus, OcrService
from ocrcore.application.worker.claim_item import claim_item
from ocrcore.domain.errors import (
    DatabaseUnavailable,
    JobNotFound,
    QueueUnavailable,
    StorageUnavailable,
)
from ocrcore.domain.job import Tombstone
from ocrcore.domain.task import Task
from ocrcore.ports.engine import EngineFailure
from worlds import START, World


def abandon(world: World) -> None:
    """Let a worker claim what is visible and vanish."""
    world.receive()
    while world.worker.has_waiting:
        claim_item(world.context, world.take())


def miscount(world: World, job: Job, counts: Counts, **fields: object) -> None:
    stored = world.database.jobs[job.id]
    world.database.jobs[job.id] = replace(stored, counts=counts, **fields)  # type: ignore[arg-type]


def test_a_service_at_rest_has_nothing_to_find() -> None:
    world, _ = settled()
    assert findings(World()) == findings(world) == []


def test_counts_that_contradict_the_items_are_found_and_mended() -> None:
    world, job = settled()
    before = world.database.jobs[job.id]
    miscount(world, job, Counts(total=2, pending=1, done=1), finished_at=None)
    finding = only(world, FindingKind.WRONG_COUNTS)
    assert finding.job_id == job.id
    assert "PROCESSING" in finding.seen
    assert "DONE" in finding.seen
    assert_mended(world, FindingKind.WRONG_COUNTS)
    mended = world.database.jobs[job.id]
    assert (mended.counts, mended.status) == (before.counts, JobStatus.DONE)
    assert mended.finished_at == before.finished_at  # when the latest of its items ended


def test_an_end_that_nobody_noted_and_one_that_was_none_are_mended() -> None:
    world, done = settled()
    open_job = world.submit()
    miscount(world, done, world.database.jobs[done.id].counts, finished_at=None)
    miscount(world, open_job, open_job.counts, finished_at=START)
    assert_mended(world, FindingKind.WRONG_COUNTS, FindingKind.WRONG_COUNTS)
    assert world.database.jobs[open_job.id].finished_at is None


def test_a_total_below_the_items_is_mended() -> None:
    world, job = settled()
    miscount(world, job, Counts(total=1, done=1))
    assert_mended(world, FindingKind.WRONG_COUNTS)


def test_a_total_above_the_items_is_never_mended_for_an_item_may_be_lost() -> None:
    world, job = settled()
    miscount(world, job, Counts(total=3, done=3))
    assert_stays(world, FindingKind.MISSING_ITEMS)
    assert world.database.jobs[job.id].counts.total == 3


def test_a_job_that_changes_between_the_two_looks_is_no_finding() -> None:
    world, job = settled()
    stale = world.context.row_scan.jobs
    world.context.row_scan.__dict__["jobs"] = lambda after, limit: [
        replace(row, stored=replace(row.stored, done=7)) for row in stale(after, limit)
    ]
    assert findings(world, repair=True) == []
    assert world.database.jobs[job.id].counts == Counts(total=2, done=2)


def test_a_job_that_is_deleted_between_the_two_looks_is_no_finding() -> None:
    world, job = settled()
    miscount(world, job, Counts(total=2, error=2))

    def gone(*_: object) -> None:
        raise JobNotFound

    world.context.row_scan.__dict__["correct"] = gone
    assert findings(world, repair=True) == []


def test_an_item_that_is_held_by_nobody_is_found() -> None:
    world = World()
    job = world.submit()
    abandon(world)
    item = world.item(job)
    world.database.items[item.id] = replace(item, lease_until=None)
    assert only(world, FindingKind.LEASELESS_ITEM).item_id == item.id
    assert_stays(world, FindingKind.LEASELESS_ITEM)


@pytest.mark.parametrize(
    "fields",
    [
        {"ocr_text": None},
        {"engine": None},
        {"finished_at": None},
        {"attempts": 0},
        {"attempts_limit": 0},
        {"error_code": ItemErrorCode.OCR_TIMEOUT},
        {"status": ItemStatus.ERROR, "ocr_text": None},
        {"status": ItemStatus.ERROR, "error_code": ItemErrorCode.OCR_TIMEOUT},
    ],
)
def test_an_item_that_cannot_be_is_found(fields: dict[str, Any]) -> None:
    world, job = settled("ALPHA")
    item = world.item(job)
    world.database.items[item.id] = replace(item, **fields)
    for _ in range(2):
        (found,) = [one for one in findings(world, repair=True) if one.kind is FindingKind.CONTRADICTORY_ITEM]
        assert (found.item_id, found.is_left) == (item.id, True)


@pytest.mark.parametrize("fields", [{"finished_at": START}, {"ocr_text": "ALPHA"}, {"lease_until": START}])
def test_an_item_that_waits_with_what_comes_later_is_found(fields: dict[str, Any]) -> None:
    world = World()
    item = world.item(world.submit())
    world.database.items[item.id] = replace(item, **fields)
    assert FindingKind.CONTRADICTORY_ITEM in left(world)


def test_nobody_is_told_to_remove_the_upload_of_an_item_that_names_another() -> None:
    world, job = settled()
    first, second = world.items(job)
    world.database.items[second.id] = replace(second, s3_key=first.s3_key)
    assert only(world, FindingKind.CONTRADICTORY_ITEM).item_id == second.id


def test_nobody_is_told_to_remove_the_upload_of_an_item_that_names_one_of_another_job() -> None:
    world, job = settled("ALPHA")
    other = world.item(settled("BRAVO", world=world)[1])
    world.database.items[other.id] = replace(other, s3_key=world.item(job).s3_key)
    assert only(world, FindingKind.CONTRADICTORY_ITEM).item_id == other.id


def test_messages_that_are_not_sent_are_found_after_a_minute_and_sent() -> None:
    world = World()
    world.queue.before("send", QueueUnavailable("away"))
    world.submit()
    world.context.audit_outbox.remove(list(world.database.unsent))
    world.tick(seconds=60, microseconds=-1)
    assert left(world) == []
    world.tick(microseconds=1)
    assert_reported_worker(world)
    assert_mended(world, FindingKind.UNSENT_MESSAGES)
    assert len(world.messages()) == 1


def assert_reported_worker(world: World) -> None:
    """Let there be a worker, so that it is not missed."""
    world.service.report(worker_id=world.context.ids.new(), kind="worker", host="h", slots=1, seconds_per_page=None)


def test_entries_of_the_audit_log_that_wait_are_found_and_written() -> None:
    world, job = settled()
    world.owned.rename(job.id, "new")
    world.tick(minutes=1)
    assert_mended(world, FindingKind.UNSENT_AUDIT)


def test_an_overdue_job_is_found_and_expired() -> None:
    world = World()
    job = world.submit(expires_in=timedelta(seconds=1))
    world.service.upkeep_once()
    world.tick(seconds=61, microseconds=-1)
    assert_reported_worker(world)
    assert left(world) == []
    world.tick(microseconds=1)
    assert_mended(world, FindingKind.OVERDUE_JOBS)
    assert world.database.jobs[job.id].status is JobStatus.EXPIRED


def test_a_lapsed_lease_is_found_and_taken_back() -> None:
    world = World()
    job = world.submit()
    world.service.upkeep_once()
    abandon(world)
    world.service.upkeep_once()
    world.tick(seconds=120, microseconds=-1)
    assert left(world) == []
    world.tick(microseconds=1)
    assert_mended(world, FindingKind.LAPSED_LEASES)
    assert world.database.items[world.items(job)[0].id].status is ItemStatus.PENDING


def test_a_forgotten_item_is_found_and_gets_another_message() -> None:
    world = World()
    world.submit()
    world.service.upkeep_once()
    world.context.queue.delete([message.receipt for message in world.messages()])
    world.tick(minutes=16, microseconds=-1)
    assert_reported_worker(world)
    assert left(world) == []
    world.tick(microseconds=1)
    assert_mended(world, FindingKind.FORGOTTEN_ITEMS)
    world.tick(seconds=5)
    world.service.upkeep_once()
    assert len(world.messages()) == 1


def test_a_draft_is_let_alone_for_a_day_and_then_found_and_deleted() -> None:
    world = World()
    world.jobs.before("transact", DatabaseUnavailable("away"))
    with pytest.raises(DatabaseUnavailable):
        world.submit()
    world.tick(hours=24, minutes=1)
    assert left(world) == []
    world.tick(microseconds=1)
    assert_mended(world, FindingKind.OLD_DRAFTS)
    assert not world.context.documents.keys("", 10)


def test_a_tombstone_that_is_due_is_found_and_looked_at() -> None:
    world, job = settled()
    world.documents.before("keys", StorageUnavailable("away"))
    world.owned.delete(job.id)
    world.tick(minutes=1)
    world.context.audit_outbox.remove(list(world.database.unsent))
    assert_mended(world, FindingKind.OLD_TOMBSTONES)
    assert not world.context.documents.keys("", 10)


def test_what_a_repair_cannot_catch_up_with_is_left() -> None:
    world = World()
    world.queue.before("send", QueueUnavailable("away"), times=1000)
    world.submit()
    world.service.upkeep_once()
    world.tick(minutes=1)
    assert_reported_worker(world)
    assert left(world, repair=True) == [FindingKind.UNSENT_MESSAGES]


def test_a_repair_that_gets_nowhere_stops_at_once() -> None:
    world = World()
    world.queue.before("send", QueueUnavailable("away"), times=2)
    world.submit()
    world.service.upkeep_once()
    world.tick(minutes=1)
    assert_reported_worker(world)
    assert left(world, repair=True) == [FindingKind.UNSENT_MESSAGES]  # one run, and so one send
    assert left(world, repair=True) == []


def test_a_repair_goes_on_as_long_as_it_gets_somewhere() -> None:
    world = World()
    world.queue.before("send", QueueUnavailable("away"), times=4)
    world.submit()
    world.submit(expires_in=timedelta(seconds=1))
    world.context.audit_outbox.remove(list(world.database.unsent))
    world.tick(minutes=2)
    assert_reported_worker(world)
    assert left(world) == [FindingKind.UNSENT_MESSAGES, FindingKind.OVERDUE_JOBS]
    world.queue._plans.clear()
    world.queue.before("send", QueueUnavailable("away"))
    assert left(world, repair=True) == []  # the first run sends nothing, and expires the job


def test_a_repair_that_is_done_runs_upkeep_no_more() -> None:
    world = World()
    world.submit(expires_in=timedelta(seconds=1))
    world.tick(minutes=2)
    expired: list[int] = []
    overdue = world.context.due_work.overdue

    def noted(now: datetime, limit: int) -> Sequence[UUID]:
        expired.append(limit)
        return overdue(now, limit)

    world.context.due_work.__dict__["overdue"] = noted
    findings(world, repair=True)
    assert len(expired) == 3  # the look before, one run, and the look after it


def test_a_job_whose_end_nobody_knows_ends_when_it_is_mended() -> None:
    world, job = settled("ALPHA")
    item = world.item(job)
    world.database.items[item.id] = replace(item, finished_at=None)
    miscount(world, job, world.database.jobs[job.id].counts, finished_at=None)
    seen = (
        "its row says DONE, not finished, 1 items: 0 pending, 0 processing, 1 done, 0 error, 0 of them expired;"
        " its items say DONE, finished, 1 items: 0 pending, 0 processing, 1 done, 0 error, 0 of them expired"
    )
    assert findings(world)[0] == Finding(FindingKind.WRONG_COUNTS, seen, job.id)
    world.tick(seconds=1)
    assert findings(world, repair=True)[0].repaired
    assert world.database.jobs[job.id].finished_at == world.clock.now()


def test_a_backlog_of_many_batches_is_caught_up_with() -> None:
    world = World()
    for _ in range(230):
        world.submit(expires_in=timedelta(seconds=1))
    world.tick(minutes=2)
    (overdue,) = (finding for finding in findings(world) if finding.kind is FindingKind.OVERDUE_JOBS)
    assert overdue.seen.startswith("100 or more")
    assert left(world, repair=True) == []


def test_a_longer_period_of_upkeep_is_waited_for() -> None:
    world = World()
    world = World(replace(world.policy, upkeep_period=timedelta(minutes=10)))
    world.submit(expires_in=timedelta(seconds=1))
    world.tick(minutes=29)
    assert left(world) == []
    world.tick(minutes=2)
    assert FindingKind.OVERDUE_JOBS in left(world)


@pytest.mark.parametrize("action", [AuditAction.ITEM_RECOGNISED, AuditAction.ITEM_FAILED])
def test_an_end_that_the_audit_log_lacks_is_found(action: AuditAction) -> None:
    world = World()
    if action is AuditAction.ITEM_FAILED:
        world.engine.before("recognise", EngineFailure(ItemErrorCode.IMAGE_CORRUPT))
    world, job = settled("ALPHA", world=world)
    (key,) = (key for key, entry in world.database.audit.items() if entry.action is action)
    del world.database.audit[key]
    assert only(world, FindingKind.MISSING_AUDIT).item_id == world.items(job)[0].id
    assert_stays(world, FindingKind.MISSING_AUDIT)


@pytest.mark.parametrize("action", [AuditAction.JOB_EXPIRED, AuditAction.JOB_CANCELLED])
def test_a_sweep_that_the_audit_log_lacks_is_found_for_each_of_its_items(action: AuditAction) -> None:
    world = World()
    job = world.submit("ALPHA", "BRAVO", expires_in=timedelta(hours=1))
    if action is AuditAction.JOB_CANCELLED:
        world.owned.cancel(job.id)
    world.tick(hours=2)
    rest(world)
    assert left(world) == []
    (key,) = (key for key, entry in world.database.audit.items() if entry.action is action)
    del world.database.audit[key]
    assert left(world) == [FindingKind.MISSING_AUDIT] * 2


def test_an_end_that_waits_to_be_told_is_not_missing() -> None:
    world, job = settled()
    ends = [key for key, entry in world.database.audit.items() if entry.action is AuditAction.ITEM_RECOGNISED]
    world.database.put_news(replace(world.database.audit.pop(key), at=world.clock.now()) for key in ends)
    assert world.job(job).status is JobStatus.DONE
    assert left(world) == []


def test_an_end_that_is_told_between_the_looks_is_not_missing() -> None:
    world, job = settled("ALPHA")
    (end,) = (key for key, entry in world.database.audit.items() if entry.action is AuditAction.ITEM_RECOGNISED)
    world.database.put_news([replace(world.database.audit.pop(end), at=world.clock.now())])
    waiting = world.context.audit_outbox.waiting

    def relayed_first(limit: int, *, job_id: UUID | None = None) -> object:
        if job_id == job.id:
            world.service.upkeep_once()
        return waiting(limit, job_id=job_id)

    world.context.audit_outbox.__dict__["waiting"] = relayed_first
    assert left(world) == []


def test_where_more_waits_to_be_told_than_is_looked_at_nothing_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ocrcore.application.doctor.items._TIMELINE", 2)
    world, job = settled("ALPHA")
    world.database.audit.clear()
    only(world, FindingKind.MISSING_AUDIT)
    world.owned.rename(job.id, "one")
    for name in ("two", "three"):  # as many as are looked at, and more
        world.owned.rename(job.id, name)
        assert left(world) == []


def test_what_waits_to_be_told_of_one_job_hides_no_lack_of_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ocrcore.application.doctor.items._TIMELINE", 2)
    world, _ = settled("ALPHA")
    world.database.audit.clear()
    other = world.submit()
    for name in ("one", "two"):
        world.owned.rename(other.id, name)
    only(world, FindingKind.MISSING_AUDIT)


def test_of_few_jobs_every_timeline_is_read() -> None:
    world = World()
    settled("ALPHA", world=world)
    world.use(OcrService(replace(world.context, ids=MemoryIds(seed=1))))
    settled("ALPHA", world=world)
    world.database.audit.clear()
    assert left(world) == [FindingKind.MISSING_AUDIT] * 2


def test_an_end_that_the_log_does_not_keep_any_more_is_not_missed() -> None:
    world, _ = settled()
    world.tick(days=90)
    world.service.upkeep_once()
    assert not world.database.audit
    assert left(world) == []


def test_of_many_jobs_a_sample_of_timelines_is_read_or_all_of_them() -> None:
    world, first = settled("ALPHA")
    item = world.items(first)[0]
    world.database.audit.clear()
    for _ in range(2499):
        job_id, item_id = world.context.ids.new(), world.context.ids.new()
        world.database.jobs[job_id] = replace(world.database.jobs[first.id], id=job_id)
        world.database.put_items(job_id, [replace(item, id=item_id, job_id=job_id)])
    ends = [finding.kind for finding in world.service.examine()].count(FindingKind.MISSING_AUDIT)
    assert 700 < ends < 1000
    every = [finding.kind for finding in world.service.examine(every_timeline=True)]
    assert every.count(FindingKind.MISSING_AUDIT) == 2500


def test_a_dead_letter_of_a_tombstone_is_nobodys_concern() -> None:
    world, job = settled()
    item = world.items(job)[0]
    world.owned.delete(job.id)
    rest(world)
    assert isinstance(world.database.tombstones[job.id], Tombstone)
    world.dead_letters.bury(Task(job.id, item.id, "b", "k", START).to_json())
    assert left(world) == []
