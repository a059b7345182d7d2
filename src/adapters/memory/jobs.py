"""The state of record in memory."""

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from adapters.memory.database import MemoryDatabase, require_asker
from adapters.memory.transaction import MemoryTransaction, RowConflict, has_key, in_order, is_key_taken, usage_of
from ocrcore.domain.correction import Correction
from ocrcore.domain.errors import ItemNotFound, JobNotFound
from ocrcore.domain.idempotency import IdempotencyKeyTaken
from ocrcore.domain.item import Item
from ocrcore.domain.job import Job
from ocrcore.domain.lifecycle import ItemStatus
from ocrcore.domain.limits import Usage
from ocrcore.ports.api_keys import Asker
from ocrcore.ports.jobs import JobCursor, JobFilter, Jobs, JobTransaction, Lease, ReviewCursor

T = TypeVar("T")


class MemoryJobs(Jobs):
    """Jobs of a :class:`MemoryDatabase`. One transaction runs at a time, of any job."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    def add(self, draft: Job, *, asker: Asker | None = None) -> None:
        """Write the row of a draft."""
        with self._database.exclusive():
            require_asker(self._database, asker)
            if is_key_taken(self._database, draft):
                raise IdempotencyKeyTaken
            if draft.id in self._database.jobs:
                msg = "a job with this id exists"
                raise RowConflict(msg)
            self._database.jobs[draft.id] = draft

    def transact(self, job_id: UUID, decide: Callable[[JobTransaction], T], *, items: Sequence[UUID] = ()) -> T:  # noqa: ARG002 - reads in memory need no batching
        """Let ``decide`` read and write alone, commit, and return its result."""
        with self._database.writing:
            job = self._database.jobs.get(job_id)
            if job is None:
                raise JobNotFound
            transaction = MemoryTransaction(self._database, job)
            answer = decide(transaction)
            transaction.commit()
            return answer

    def get(self, job_id: UUID, owner: str) -> Job:
        """Return a job that its owner is shown."""
        with self._database.reading:
            job = self._database.jobs.get(job_id)
        if job is None or not (job.owner == owner and job.is_shown):
            raise JobNotFound
        return job

    def open_deadlines(self, job_ids: Sequence[UUID]) -> Mapping[UUID, datetime]:
        """Return the deadlines of those jobs that are submitted and open."""
        with self._database.reading:
            found = [self._database.jobs[job_id] for job_id in job_ids if job_id in self._database.jobs]
        return {job.id: job.sqs_retention_deadline for job in found if job.submitted_at is not None and job.is_open}

    def find(self, owner: str, key: str) -> Job | None:
        """Return the owner's job that was made with this idempotency key, or None."""
        with self._database.reading:
            jobs = list(self._database.jobs.values())
        return next((job for job in jobs if job.owner == owner and job.is_shown and has_key(job, key)), None)

    def list(self, owner: str, only: JobFilter, after: JobCursor | None, limit: int) -> Sequence[Job]:
        """Return submitted jobs after the cursor, newest first."""
        with self._database.reading:
            jobs = list(self._database.jobs.values())
        wanted = [job for job in jobs if _is_submitted(job, owner) and _passes(job, only) and _is_after(job, after)]
        return sorted(wanted, key=lambda job: (job.created_at, job.id), reverse=True)[:limit]

    def items(self, job_id: UUID, status: ItemStatus | None, after: int, limit: int) -> Sequence[Item]:
        """Return items with a position above ``after``, by position."""
        with self._database.reading:
            items = self._database.items_of(job_id)
        wanted = [item for item in items if item.position > after and status in (None, item.status)]
        return sorted(wanted, key=lambda item: item.position)[:limit]

    def item(self, item_id: UUID, owner: str) -> Item:
        """Return an item of a submitted job."""
        with self._database.reading:
            item = self._database.items.get(item_id)
            if item is None or not _is_submitted(self._database.jobs[item.job_id], owner):
                raise ItemNotFound
            return item

    def corrections(self, item_id: UUID, owner: str) -> Sequence[Correction]:
        """Return the corrections of an item."""
        with self._database.reading:
            item = self._database.items.get(item_id)
            if item is None or not _is_submitted(self._database.jobs[item.job_id], owner):
                return ()
            return in_order(self._database.corrections.get(item_id, ()))

    def least_sure(
        self, owner: str, after: ReviewCursor | None, limit: int, *, reviewed: bool | None = None
    ) -> Sequence[Item]:
        """Return DONE items by confidence."""
        with self._database.reading:
            items = [item for item in self._database.items.values() if self._database.jobs[item.job_id].owner == owner]
        wanted = [
            item
            for item in items
            if item.status is ItemStatus.DONE and reviewed in (None, item.reviewed_at is not None)
            if after is None or _by_confidence(item.confidence, item.id) > _by_confidence(after.confidence, after.id)
        ]
        return sorted(wanted, key=lambda item: _by_confidence(item.confidence, item.id))[:limit]

    def unreviewed(self, owner: str, most: int) -> int:
        """Return how many DONE items nobody has looked at."""
        return len(self.least_sure(owner, None, most, reviewed=False))

    def usage(self, owner: str) -> Usage:
        """Return what the owner's jobs and drafts have."""
        with self._database.reading:
            return usage_of(self._database, owner)

    def waiting_owners(self, limit: int) -> Sequence[str]:
        """Return owners with a waiting item."""
        with self._database.reading:
            jobs = list(self._database.jobs.values())
        return sorted({job.owner for job in jobs if job.counts.pending})[:limit]

    def renew(self, leases: Sequence[Lease], until: datetime) -> AbstractSet[Lease]:
        """Extend the leases that are still current and return those that were refused."""
        with self._database.exclusive():
            items = self._database.items
            refused = {lease for lease in leases if not _is_current(lease, items.get(lease.item_id))}
            for lease in set(leases) - refused:
                items[lease.item_id] = replace(items[lease.item_id], lease_until=until)
            return refused

    def check(self) -> None:
        """Return: memory is always available."""


def _is_submitted(job: Job, owner: str) -> bool:
    return job.owner == owner and job.submitted_at is not None


def _passes(job: Job, only: JobFilter) -> bool:
    return (
        only.status in (None, job.status)
        and job.name.startswith(only.name_prefix)
        and (only.created_after is None or job.created_at > only.created_after)
        and (only.created_before is None or job.created_at < only.created_before)
    )


def _is_after(job: Job, cursor: JobCursor | None) -> bool:
    return cursor is None or (job.created_at, job.id) < (cursor.created_at, cursor.id)


def _by_confidence(confidence: float | None, item_id: UUID) -> tuple[bool, float, UUID]:
    return confidence is None, confidence or 0.0, item_id


def _is_current(lease: Lease, item: Item | None) -> bool:
    return item is not None and item.status is ItemStatus.PROCESSING and item.attempts == lease.attempt
