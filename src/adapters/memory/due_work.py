"""Due work, found by a scan of all rows."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from adapters.memory.database import MemoryDatabase
from ocrcore.domain.item import Item
from ocrcore.domain.job import Job, Tombstone
from ocrcore.domain.lifecycle import ItemStatus
from ocrcore.ports.due_work import DueWork


class MemoryDueWork(DueWork):
    """The due work of a :class:`MemoryDatabase`."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    def overdue(self, now: datetime, limit: int) -> Sequence[UUID]:
        """Return open jobs whose deadline is at or before ``now``."""
        jobs = [job for job in self._jobs() if job.is_overdue(now)]
        jobs.sort(key=lambda job: (job.sqs_retention_deadline, job.id))
        return [job.id for job in jobs[:limit]]

    def lapsed(self, now: datetime, limit: int) -> Sequence[tuple[UUID, UUID]]:
        """Return (job, item) of items whose lease ended at or before ``now``."""
        lapsed = [
            (item.lease_until, item.id, item)
            for item in self._items()
            if item.lease_until is not None and item.lease_until <= now
        ]
        return [(item.job_id, item.id) for _, _, item in sorted(lapsed, key=lambda row: row[:2])[:limit]]

    def forgotten(self, cutoffs: Sequence[datetime], limit: int) -> Sequence[tuple[UUID, UUID]]:
        """Return (job, item) of waiting items without an outbox row."""
        with self._database.reading:
            ordered = {order.task.item_id for order in self._database.orders.values()}
        items = [
            item
            for item in self._items()
            if item.status is ItemStatus.PENDING
            and item.id not in ordered
            and item.requeues < len(cutoffs)
            and item.queued_at <= cutoffs[item.requeues]
        ]
        items.sort(key=lambda item: (item.queued_at - cutoffs[item.requeues], item.id))
        return [(item.job_id, item.id) for item in items[:limit]]

    def drafts(self, before: datetime, limit: int) -> Sequence[UUID]:
        """Return drafts created before the instant."""
        drafts = [job for job in self._jobs() if job.submitted_at is None and job.created_at < before]
        drafts.sort(key=lambda job: (job.created_at, job.id))
        return [job.id for job in drafts[:limit]]

    def uploads(self, now: datetime, limit: int) -> Sequence[UUID]:
        """Return jobs and drafts whose uploads are to be purged at ``now``."""
        due = [
            (job.uploads.purge_at, job.id)
            for job in self._jobs()
            if job.uploads is not None and job.uploads.purge_at is not None and job.uploads.purge_at <= now
        ]
        return [job_id for _, job_id in sorted(due)[:limit]]

    def kept(self, now: datetime, limit: int) -> Sequence[UUID]:
        """Return finished jobs that are kept until ``now`` at the latest."""
        due = [(job.keep_until, job.id) for job in self._jobs() if job.is_past_keeping(now) and job.keep_until]
        return [job_id for _, job_id in sorted(due)[:limit]]

    def unindexed(self, until: datetime, limit: int) -> Sequence[tuple[UUID, UUID]]:
        """Return (job, item) of DONE items that the search index lacks."""
        items = [item for item in self._items() if item.status is ItemStatus.DONE and not item.is_indexed]
        due = sorted(
            (item.finished_at, item.id, item.job_id)
            for item in items
            if item.finished_at is not None and item.finished_at <= until
        )
        return [(job_id, item_id) for _, item_id, job_id in due[:limit]]

    def tombstones(self, now: datetime, limit: int) -> Sequence[Tombstone]:
        """Return tombstones whose next purge is due at ``now``, or whose pages may be in the search index."""
        with self._database.reading:
            stones = list(self._database.tombstones.values())
        due = [stone for stone in stones if stone.purge_at <= now or not (stone.is_unindexed or stone.deleted_at > now)]
        due.sort(key=lambda stone: (stone.purge_at, stone.job_id))
        return due[:limit]

    def _jobs(self) -> list[Job]:
        with self._database.reading:
            return list(self._database.jobs.values())

    def _items(self) -> list[Item]:
        with self._database.reading:
            return list(self._database.items.values())
