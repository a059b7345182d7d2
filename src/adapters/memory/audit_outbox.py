"""The audit outbox in memory."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from adapters.memory.database import MemoryDatabase
from ocrcore.ports.audit_outbox import AuditOutbox, UnsentEntry


class MemoryAuditOutbox(AuditOutbox):
    """The audit outbox of a :class:`MemoryDatabase`."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    def waiting(self, limit: int, *, job_id: UUID | None = None, skip: int = 0) -> Sequence[UnsentEntry]:
        """Return rows, of one job or of all, oldest first."""
        with self._database.reading:
            unsent = sorted(self._database.unsent.items(), key=lambda row: row[0])
        rows = [UnsentEntry(number, entry) for number, entry in unsent if job_id in (None, entry.job_id)]
        return rows[skip : skip + limit]

    def remove(self, ids: Iterable[int]) -> None:
        """Remove rows whose entry was accepted."""
        with self._database.exclusive():
            for number in ids:
                self._database.unsent.pop(number, None)
