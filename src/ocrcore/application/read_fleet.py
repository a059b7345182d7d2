"""Read the fleet: who is at it, what is open, and why jobs do not move."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from ocrcore.application.context import Context
from ocrcore.domain.fleet import Fleet, WorkerReport
from ocrcore.domain.item import Item
from ocrcore.domain.job import Job
from ocrcore.domain.lifecycle import ItemStatus

#: Reports that are looked at, and kept.
_MOST_REPORTS: Final = 1000
_REPORTS_KEPT: Final = timedelta(days=7)
#: Waiting items that are looked at before it is said why a job waits.
_SAMPLE: Final = 20


def read_fleet(context: Context) -> Fleet:
    """Return the workers and the work as they are now."""
    return Fleet(context.clock.now(), context.workers.reports(_MOST_REPORTS), context.workers.volume())


def blocked_by(context: Context, jobs: Sequence[Job]) -> Sequence[str | None]:
    """Return for each job why it does not move, in one sentence, or None while it does or when it is finished."""
    if not any(job.is_open for job in jobs):
        return [None] * len(jobs)
    fleet = read_fleet(context)
    return [fleet.why_waiting(job, _pending(context, job)) for job in jobs]


def report_worker(context: Context, report: WorkerReport) -> None:
    """Keep a process's report, and drop those that nobody will ask for any more."""
    context.workers.report(report)
    context.workers.forget(report.seen_at - _REPORTS_KEPT)


def _pending(context: Context, job: Job) -> Sequence[Item]:
    if not job.is_open or job.counts.processing:
        return ()
    return context.jobs.items(job.id, ItemStatus.PENDING, -1, _SAMPLE)
