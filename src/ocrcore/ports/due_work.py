"""Due work: rows that upkeep must act on because time has passed.

A row in a list is a hint only; upkeep decides again under the lock of the job.
"""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from uuid import UUID

from ocrcore.domain.job import Tombstone


@dataclass(frozen=True, slots=True)
class Leftovers:
    """What nobody needs any more: of drafts, and of jobs that are kept no longer."""

    #: As :meth:`DueWork.drafts` returns them.
    drafts: Sequence[UUID]
    #: As :meth:`DueWork.uploads` returns them.
    uploads: Sequence[UUID]
    #: As :meth:`DueWork.kept` returns them.
    kept: Sequence[UUID] = field(default_factory=list)


class DueWork(Protocol):
    """Each list contains at most ``limit`` rows, longest due first."""

    @abstractmethod
    def overdue(self, now: datetime, limit: int) -> Sequence[UUID]:
        """Return open jobs whose deadline is at or before ``now``."""

    @abstractmethod
    def lapsed(self, now: datetime, limit: int) -> Sequence[tuple[UUID, UUID]]:
        """Return (job, item) of items whose lease ended at or before ``now``."""

    @abstractmethod
    def forgotten(self, cutoffs: Sequence[datetime], limit: int) -> Sequence[tuple[UUID, UUID]]:
        """Return (job, item) of waiting items without a row in the outbox that have waited too long.

        An item with ``n`` requeues is due if ``queued_at <= cutoffs[n]``; an item with more requeues than there are
        cut-offs is never due.
        """

    @abstractmethod
    def drafts(self, before: datetime, limit: int) -> Sequence[UUID]:
        """Return drafts that were created before the instant."""

    @abstractmethod
    def uploads(self, now: datetime, limit: int) -> Sequence[UUID]:
        """Return jobs and drafts whose uploads are to be purged at or before ``now``."""

    @abstractmethod
    def kept(self, now: datetime, limit: int) -> Sequence[UUID]:
        """Return finished jobs that are kept until ``now`` or an earlier instant.

        A job that a process of release 0.1 finished may be returned before, until it is saved again.
        """

    def leftovers(self, drafts_before: datetime, now: datetime, limit: int) -> Leftovers:
        """Return drafts, uploads and kept jobs together, which an adapter may find with one query."""
        return Leftovers(self.drafts(drafts_before, limit), self.uploads(now, limit), self.kept(now, limit))

    @abstractmethod
    def unindexed(self, until: datetime, limit: int) -> Sequence[tuple[UUID, UUID]]:
        """Return (job, item) of DONE items that the search index lacks, finished at or before the instant."""

    @abstractmethod
    def tombstones(self, now: datetime, limit: int) -> Sequence[Tombstone]:
        """Return tombstones whose purge is due at or before ``now``, or whose pages may be in the search index."""
