"""Retention: finished jobs that upkeep deletes after their time."""

from datetime import timedelta

import pytest

from ocrcore import AuditAction, Finding, FindingKind, Job, JobStatus, Policy
from ocrcore.application.context import BATCH
from ocrcore.domain.errors import JobNotFound
from worlds import World

HOUR = timedelta(hours=1)


def a_finished(world: World, **options: timedelta) -> Job:
    job = world.submit("ONE", **options)
    world.process_all()
    return world.job(job)


def is_gone(world: World, job: Job) -> bool:
    """Return whether neither a row nor a document of a job is left."""
    return job.id not in world.database.jobs and not world.context.documents.keys(f"jobs/{job.id}/", 10)


def test_a_finished_job_is_deleted_at_its_instant_with_all_that_belongs_to_it() -> None:
    world = World()
    job = a_finished(world, keep=HOUR)
    assert job.finished_at is not None
    world.clock.advance(job.finished_at + HOUR - world.clock.now() - timedelta(microseconds=1))
    world.service.upkeep_once()
    assert world.job(job).status is JobStatus.DONE
    world.tick(microseconds=1)
    world.service.upkeep_once()
    assert is_gone(world, job)
    with pytest.raises(JobNotFound):
        world.job(job)


def test_the_timeline_says_that_it_was_retention() -> None:
    world = World()
    job = a_finished(world, keep=HOUR)
    world.tick(hours=2)
    world.service.upkeep_once()
    world.service.upkeep_once()
    last = world.context.audit.timeline(job.id, None, 50)[-1]
    assert (last.action, last.actor) == (AuditAction.JOB_DELETED, "retention")


def test_the_operators_time_counts_if_it_is_shorter() -> None:
    world = World(policy=Policy(keep=HOUR))
    longer, unsaid, shorter = (a_finished(world, **fields) for fields in ({"keep": 9 * HOUR}, {}, {"keep": HOUR / 2}))
    assert [job.options.keep for job in (longer, unsaid, shorter)] == [HOUR, HOUR, HOUR / 2]


def test_without_a_time_every_job_is_kept() -> None:
    world = World()
    job = a_finished(world)
    world.tick(days=999)
    world.service.upkeep_once()
    assert world.job(job).status is JobStatus.DONE


def test_an_open_job_is_not_deleted_but_expires_first() -> None:
    world = World()
    job = world.submit("ONE", keep=timedelta(minutes=1), expires_in=HOUR)
    world.tick(minutes=30)
    world.service.upkeep_once()
    assert world.job(job).status is JobStatus.PENDING
    world.tick(hours=1)
    world.service.upkeep_once()
    assert world.job(job).status is JobStatus.EXPIRED
    world.tick(minutes=1)
    world.service.upkeep_once()
    assert is_gone(world, job)


def test_a_retry_that_came_first_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is committed between the look for due jobs and the deletion."""
    world = World()
    job = world.submit("ONE", keep=HOUR)
    world.owned.cancel(job.id)
    world.tick(hours=1)
    due = world.context.due_work.leftovers

    def retried_meanwhile(*arguments: object) -> object:
        found = due(*arguments)  # type: ignore[arg-type]
        assert found.kept == [job.id]
        world.owned.retry(job.id)
        return found

    monkeypatch.setattr(world.context.due_work, "leftovers", retried_meanwhile)
    world.service.upkeep_once()
    assert world.job(job).status is JobStatus.PENDING
    monkeypatch.undo()
    world.process_all()
    assert world.job(job).status is JobStatus.DONE


def test_many_are_deleted_in_one_round_each_for_itself() -> None:
    world = World()
    jobs = [a_finished(world, keep=HOUR) for _ in range(BATCH + 1)]
    world.tick(hours=1, minutes=1)
    world.service.upkeep_once()
    assert [job for job in jobs if not is_gone(world, job)] == []
    assert world.meter.retained == BATCH + 1


def test_the_doctor_finds_jobs_that_should_be_gone_and_deletes_them() -> None:
    world = World()
    job = a_finished(world, keep=HOUR)
    world.tick(hours=2)

    def found(*, repair: bool) -> list[Finding]:
        examined = world.service.examine(repair=repair, machine=world.clock)
        return [finding for finding in examined if finding.kind is FindingKind.OLD_JOBS]

    assert [finding.repaired for finding in found(repair=False)] == [False]
    assert [finding.repaired for finding in found(repair=True)] == [True]
    assert found(repair=False) == []
    assert is_gone(world, job)
