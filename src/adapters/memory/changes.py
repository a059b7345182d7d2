"""What has changed, in memory."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from adapters.memory.database import MemoryDatabase
from ocrcore.domain.job import Job
from ocrcore.ports.changes import Change, ChangeCursor, ChangedItem, Changes


class MemoryChanges(Changes):
    """The changes of a :class:`MemoryDatabase`."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    def since(self, owners: Sequence[str], since: datetime, after: ChangeCursor | None, limit: int) -> Sequence[Change]:
        """Return changes of these owners' jobs, in order."""
        with self._database.reading:
            jobs, stones = list(self._database.jobs.values()), list(self._database.tombstones.values())
        found = [
            Change(job.last_event_at, job.id, job.owner)
            for job in jobs
            if job.submitted_at is not None and job.last_event_at is not None
        ]
        found += [Change(stone.deleted_at, stone.job_id, stone.owner, is_gone=True) for stone in stones]
        wanted = (change for change in found if change.owner in owners and change.at >= since)
        ordered = sorted(wanted, key=lambda change: (change.at, change.job_id))
        return [change for change in ordered if _is_after(change.at, change.job_id, after)][:limit]

    def jobs(self, owners: Sequence[str], job_ids: Sequence[UUID]) -> Sequence[Job]:
        """Return those of these jobs that are there."""
        with self._database.reading:
            found = [self._database.jobs[job_id] for job_id in job_ids if job_id in self._database.jobs]
        return [job for job in found if job.owner in owners and job.submitted_at is not None]

    def items(self, since: Mapping[UUID, datetime], after: ChangeCursor | None, limit: int) -> Sequence[ChangedItem]:
        """Return items that had an event, in order."""
        with self._database.reading:
            instants = self._database.changed
            found = [
                ChangedItem(instants[item.id], replace(item, recognised_text=None, corrected_text=None))
                for job_id, earliest in since.items()
                for item in self._database.items_of(job_id)
                if item.id in instants and instants[item.id] > earliest
            ]
        found.sort(key=lambda changed: (changed.at, changed.item.id))
        return [changed for changed in found if _is_after(changed.at, changed.item.id, after)][:limit]


def _is_after(at: datetime, changed_id: UUID, cursor: ChangeCursor | None) -> bool:
    return cursor is None or (at, changed_id) > (cursor.at, cursor.id)
