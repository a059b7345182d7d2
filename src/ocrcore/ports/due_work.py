"""What upkeep looks for: rows that time has made due. Finding one is a hint; the decision is made under its lock."""

from abc import abstractmethod
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from ocrcore.domain.job import Tombstone


class DueWork(Protocol):
    """Each list holds at most ``limit`` rows, those that are due longest first."""

    @abstractmethod
    def overdue(self, now: datetime, limit: int) -> Sequence[UUID]:
        """Return open jobs whose deadline is not after ``now``."""

    @abstractmethod
    def lapsed(self, now: datetime, limit: int) -> Sequence[tuple[UUID, UUID]]:
        """Return (job, item) of items whose lease ended at or before ``now``."""

    @abstractmethod
    def forgotten(self, cutoffs: Sequence[datetime], limit: int) -> Sequence[tuple[UUID, UUID]]:
        """Return (job, item) of waiting items that no message is ordered for.

        An item that was requeued ``n`` times is due when ``queued_at <= cutoffs[n]``; one that was requeued more
        often than there are cut-offs is not.
        """

    @abstractmethod
    def drafts(self, before: datetime, limit: int) -> Sequence[UUID]:
        """Return drafts that were created before the instant."""

    @abstractmethod
    def tombstones(self, now: datetime, limit: int) -> Sequence[Tombstone]:
        """Return tombstones whose documents should be looked for by ``now``."""
