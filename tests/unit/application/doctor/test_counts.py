"""Counts and ends of jobs that contradict their items."""

from dataclasses import replace

from examined import assert_mended, assert_stays, findings, miscount, only, settled
from ocrcore import Counts, FindingKind, JobStatus
from ocrcore.domain.errors import (
    JobNotFound,
)
from worlds import START, World


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
