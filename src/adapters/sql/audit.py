"""The audit log as a table."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from adapters.sql.database import Database
from adapters.sql.rows import entry_of, entry_row
from adapters.sql.tables import AUDIT
from ocrcore.domain.audit import AuditEntry
from ocrcore.ports.audit import Audit, AuditCursor

#: The columns that identify an entry.
_KEY: Final = ("job_id", "at", "event_id")
# Built once and executed for many rows at a time.
_INSERT: Final = sa.insert(AUDIT)
_DELETE: Final = sa.delete(AUDIT).where(*(AUDIT.c[name] == sa.bindparam(f"the_{name}") for name in _KEY))


class SqlAudit(Audit):
    """The audit log of a :class:`Database`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def write(self, entries: Sequence[AuditEntry]) -> Sequence[bool]:
        """Write all entries or none. An entry replaces an earlier copy of itself."""
        rows = {(entry.job_id, entry.at, entry.event_id): entry_row(entry) for entry in entries}

        def put(connection: sa.Connection) -> None:
            try:
                connection.execute(_INSERT, list(rows.values()))
            except IntegrityError:  # some were written before, by a write whose result was lost
                connection.execute(_DELETE, [{f"the_{name}": row[name] for name in _KEY} for row in rows.values()])
                connection.execute(_INSERT, list(rows.values()))

        if rows:
            self._database.write(put)
        return [True] * len(entries)

    def timeline(self, job_id: UUID, after: AuditCursor | None, limit: int) -> Sequence[AuditEntry]:
        """Return a job's entries after the cursor, by instant, then event id."""
        wanted = sa.select(AUDIT).where(AUDIT.c.job_id == job_id).order_by(AUDIT.c.at, AUDIT.c.event_id).limit(limit)
        if after is not None:
            same_instant = (AUDIT.c.at == after.at) & (AUDIT.c.event_id > after.event_id)
            wanted = wanted.where(AUDIT.c.at >= after.at, (AUDIT.c.at > after.at) | same_instant)
        with self._database.reading() as connection:
            return [entry_of(row) for row in connection.execute(wanted).mappings()]

    def forget(self, before: datetime, limit: int) -> int:
        """Delete up to ``limit`` entries older than the instant and return the number found."""
        old = sa.select(*(AUDIT.c[name].label(f"the_{name}") for name in _KEY)).where(AUDIT.c.at < before)
        with self._database.reading() as connection:
            keys = [dict(row) for row in connection.execute(old.order_by(AUDIT.c.at).limit(limit)).mappings()]
        if keys:
            self._database.write(lambda connection: connection.execute(_DELETE, keys))
        return len(keys)

    def check(self) -> None:
        """Return if the tables can be read, else raise ``DatabaseUnavailable``."""
        self._database.check()
