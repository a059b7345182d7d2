"""A database that was put back from a copy, days later."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from drafts import uploaded
from examined import abandon, findings
from ocrcore import Finding, FindingKind, Job, JobStatus, Policy
from worlds import World


def restored(world: World) -> list[Finding]:
    return list(world.service.examine(repair=True, restored=True))


def of_a_copy() -> tuple[World, Job, Job, Job]:
    """Return a world as it was three days ago: a job that was done, one whose only attempt was under way, a draft."""
    world = World(Policy(max_attempts=1))
    done = world.submit()
    world.process_all()
    running = world.submit("ALPHA")
    world.service.upkeep_once()
    abandon(world)
    draft = uploaded(world, b"PICTURE:BRAVO")
    world.service.upkeep_once()
    world.tick(days=3)
    return world, done, running, draft


def test_what_was_open_has_its_whole_time_again() -> None:
    world, done, running, draft = of_a_copy()
    before = world.job(done)
    told = Finding(
        FindingKind.RESTORED, "1 open jobs and 1 drafts have their whole time again", number=2, repaired=True
    )
    assert restored(world)[0] == told
    assert world.job(running).sqs_retention_deadline == world.clock.now() + running.options.expires_in
    assert world.job(done) == before
    world.tick(hours=23)
    world.service.upkeep_once()
    world.process_all(world.new_worker())
    assert world.job(running).status is JobStatus.DONE
    world.owned.submit_draft(draft.id)
    world.service.upkeep_once()
    world.process_all(world.new_worker())
    assert world.job(draft).status is JobStatus.DONE


def test_without_being_told_so_a_repair_goes_by_the_time_that_it_is() -> None:
    world, _, running, draft = of_a_copy()
    assert {FindingKind.OVERDUE_JOBS, FindingKind.OLD_DRAFTS} <= {one.kind for one in findings(world, repair=True)}
    assert world.job(running).status is JobStatus.EXPIRED
    assert draft.id not in world.database.jobs
    assert FindingKind.RESTORED not in {one.kind for one in restored(world)}  # nothing is open any more


def test_an_examination_that_repairs_nothing_changes_nothing() -> None:
    world, _, running, _ = of_a_copy()
    before = dict(world.database.jobs)
    assert FindingKind.OVERDUE_JOBS in {one.kind for one in world.service.examine(restored=True)}
    assert world.database.jobs == before
    assert world.database.jobs[running.id].counts.processing == 1


def test_a_job_that_has_to_be_skipped_is_not_called_repaired(monkeypatch: pytest.MonkeyPatch) -> None:
    world, _, running, draft = of_a_copy()
    transact = world.context.jobs.transact

    def failing(job_id: UUID, *args: Any, **options: Any) -> object:  # noqa: ANN401 - the types of any call
        if job_id == running.id:
            raise ValueError
        return transact(job_id, *args, **options)

    monkeypatch.setattr(world.context.jobs, "transact", failing)
    (told,) = (one for one in restored(world) if one.kind is FindingKind.RESTORED)
    seen = "0 open jobs and 1 drafts have their whole time again; 1 were skipped, as the log says"
    assert (told.seen, told.number, told.repaired) == (seen, 2, False)
    assert draft.id in world.database.jobs


def test_it_may_be_done_twice() -> None:
    world, _, running, draft = of_a_copy()
    restored(world)
    world.tick(hours=1)
    restored(world)
    assert world.job(running).sqs_retention_deadline == world.clock.now() + timedelta(days=2)
    world.tick(hours=24)
    world.service.upkeep_once()
    assert draft.id in world.database.jobs
    world.tick(microseconds=1)
    world.service.upkeep_once()
    assert draft.id not in world.database.jobs
