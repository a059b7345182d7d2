"""The tombstones of deleted jobs."""

from abc import abstractmethod
from typing import Protocol
from uuid import UUID

from ocrcore.domain.job import Tombstone


class Tombstones(Protocol):
    """Tombstones are added by ``JobTransaction`` only."""

    @abstractmethod
    def get(self, job_id: UUID) -> Tombstone | None:
        """Return the tombstone of a job, or None."""

    @abstractmethod
    def find(self, owner: str, key: str) -> Tombstone | None:
        """Return the tombstone of the owner's job or draft that had this idempotency key, or None.

        If there are several, as after deletions by release 0.1, return the one that was left last.
        """

    @abstractmethod
    def replace(self, old: Tombstone, new: Tombstone | None) -> bool:
        """Replace ``old`` by ``new`` (None deletes it) if the stored tombstone is ``old``; return whether it was."""
