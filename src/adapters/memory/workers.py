"""Worker reports in memory."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from adapters.memory.database import MemoryDatabase
from ocrcore.domain.fleet import BeingRead, Totals, Volume, WorkerReport
from ocrcore.domain.instants import minute_of
from ocrcore.domain.item import Item
from ocrcore.domain.lifecycle import ItemStatus, JobStatus
from ocrcore.ports.workers import Workers


class MemoryWorkers(Workers):
    """Worker reports of a :class:`MemoryDatabase`."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    def report(self, report: WorkerReport) -> None:
        """Store the report in place of the process's previous one."""
        with self._database.exclusive():
            self._database.put_report(report)

    def reports(self, limit: int) -> Sequence[WorkerReport]:
        """Return the latest reports, newest first."""
        with self._database.reading:
            reports = sorted(self._database.reports.values(), key=lambda report: report.id)
        return sorted(reports, key=lambda report: report.seen_at, reverse=True)[:limit]

    def forget(self, before: datetime) -> None:
        """Delete reports older than the instant."""
        with self._database.exclusive():
            self._database.reports = {
                key: report for key, report in self._database.reports.items() if report.seen_at >= before
            }

    def volume(self) -> Volume:
        """Return the amount of open work, of all owners."""
        with self._database.reading:
            jobs = [job for job in self._database.jobs.values() if job.submitted_at is not None and job.is_open]
            ordered = [order.task.created_at for order in self._database.orders.values()]
        return Volume(
            sum(job.counts.pending for job in jobs),
            sum(job.counts.processing for job in jobs),
            min(ordered, default=None),
            min((item.queued_at for item in self._items() if item.status is ItemStatus.PENDING), default=None),
        )

    def totals(self) -> Totals:
        """Return the number of jobs and items in each status, zeros included."""
        with self._database.reading:
            jobs = Counter(job.status for job in self._database.jobs.values() if job.submitted_at is not None)
            items = Counter(item.status for item in self._items())
        return Totals(
            {status: jobs[status] for status in JobStatus},
            {status: items[status] for status in ItemStatus},
        )

    def being_read(self, limit: int) -> Sequence[BeingRead]:
        """Return items that are PROCESSING."""
        with self._database.reading:
            owners = {job.id: job.owner for job in self._database.jobs.values()}
        found = [
            BeingRead(item.job_id, item.id, owners[item.job_id], item.position, item.worker, item.started_at)
            for item in self._items()
            if item.status is ItemStatus.PROCESSING and item.started_at is not None and item.job_id in owners
        ]
        return sorted(found, key=lambda page: (page.since, page.item_id))[:limit]

    def read_by_minute(self, since: datetime) -> Mapping[datetime, int]:
        """Return how many items became DONE in each minute."""
        return Counter(
            minute_of(item.finished_at)
            for item in self._items()
            if item.status is ItemStatus.DONE and item.finished_at is not None and item.finished_at >= since
        )

    def _items(self) -> list[Item]:
        return list(self._database.items.values())
