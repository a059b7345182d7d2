"""Ends of items that the audit log lacks."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from adapters.memory.ids import MemoryIds
from examined import assert_stays, left, only, rest, settled
from ocrcore import AuditAction, FindingKind, ItemErrorCode, JobStatus, OcrService
from ocrcore.ports.engine import EngineFailure
from worlds import World


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
