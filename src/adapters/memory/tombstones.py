"""Tombstones in memory."""

from uuid import UUID

from adapters.memory.database import MemoryDatabase
from adapters.memory.transaction import has_key
from ocrcore.domain.job import Tombstone
from ocrcore.ports.tombstones import Tombstones


class MemoryTombstones(Tombstones):
    """The tombstones of a :class:`MemoryDatabase`."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    def get(self, job_id: UUID) -> Tombstone | None:
        """Return the tombstone of a job, or None."""
        with self._database.reading:
            return self._database.tombstones.get(job_id)

    def find(self, owner: str, key: str) -> Tombstone | None:
        """Return the latest tombstone of the owner's job that had this idempotency key, or None."""
        with self._database.reading:
            stones = [stone for stone in self._database.tombstones.values() if stone.owner == owner]
        return max((stone for stone in stones if has_key(stone, key)), key=lambda stone: stone.deleted_at, default=None)

    def replace(self, old: Tombstone, new: Tombstone | None) -> bool:
        """Replace ``old`` by ``new``, and return False if ``old`` was no longer current."""
        with self._database.exclusive():
            if self._database.tombstones.get(old.job_id) != old:
                return False
            if new is None:
                del self._database.tombstones[old.job_id]
            else:
                self._database.tombstones[old.job_id] = new
            return True
