"""The tombstones of deleted jobs."""

from abc import abstractmethod
from typing import Protocol
from uuid import UUID

from ocrcore.domain.job import Tombstone


class Tombstones(Protocol):
    """They come only by way of ``JobTransaction``."""

    @abstractmethod
    def get(self, job_id: UUID) -> Tombstone | None:
        """Return the tombstone of a job, or None."""

    @abstractmethod
    def replace(self, old: Tombstone, new: Tombstone | None) -> bool:
        """Put ``new`` (None: nothing) in the place of ``old``; tell whether it was done, or another was first."""
