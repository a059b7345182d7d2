"""Fleet: read and store the worker reports, and read the amount of open pages."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from ocrcore.application.context import Context
from ocrcore.domain.fleet import Fleet, WorkerReport

#: Most reports that are read.
_MOST_REPORTS: Final = 1000
#: Most pages of the search's backlog that are counted.
_MOST_COUNTED: Final = 10_000
#: How long reports are kept.
_REPORTS_KEPT: Final = timedelta(days=7)


def read_fleet(context: Context) -> Fleet:
    """Return the current workers and open pages."""
    return Fleet(context.clock.now(), context.workers.reports(_MOST_REPORTS), context.workers.volume())


def search_backlog(context: Context) -> int:
    """Return how many recognised pages wait to be added to the search index; of more than 10,000, that many."""
    return context.search.backlog(_MOST_COUNTED)


def live_workers(context: Context) -> Sequence[WorkerReport]:
    """Return the reports of the live workers."""
    now = context.clock.now()
    return [report for report in context.workers.reports(_MOST_REPORTS) if report.is_live(now)]


def report_worker(context: Context, report: WorkerReport) -> None:
    """Store a process's report, and delete outdated ones."""
    context.workers.report(report)
    context.workers.forget(report.seen_at - _REPORTS_KEPT)
