"""The audit log in memory."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from adapters.memory.database import MemoryDatabase
from ocrcore.domain.audit import AuditEntry
from ocrcore.ports.audit import Audit, AuditCursor


class MemoryAudit(Audit):
    """The audit log of a :class:`MemoryDatabase`."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    def write(self, entries: Sequence[AuditEntry]) -> Sequence[bool]:
        """Write the entries. All are accepted."""
        with self._database.exclusive():
            self._database.audit |= {(entry.job_id, entry.at, entry.event_id): entry for entry in entries}
        return [True] * len(entries)

    def timeline(self, job_id: UUID, after: AuditCursor | None, limit: int) -> Sequence[AuditEntry]:
        """Return a job's entries after the cursor, by instant, then event id."""
        with self._database.reading:
            entries = [entry for entry in self._database.audit.values() if entry.job_id == job_id]
        wanted = [entry for entry in entries if after is None or _place(entry) > (after.at, after.event_id)]
        return sorted(wanted, key=_place)[:limit]

    def forget(self, before: datetime, limit: int) -> int:
        """Delete up to ``limit`` entries older than the instant and return their number."""
        with self._database.exclusive():
            old = [key for key, entry in self._database.audit.items() if entry.at < before][:limit]
            for key in old:
                del self._database.audit[key]
        return len(old)

    def check(self) -> None:
        """Return: memory is always available."""


def _place(entry: AuditEntry) -> tuple[datetime, str]:
    return entry.at, entry.event_id
