"""The audit outbox as a table."""

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Final
from uuid import UUID

import sqlalchemy as sa

from adapters.sql.database import Database
from adapters.sql.rows import entry_of
from adapters.sql.tables import AUDIT_OUTBOX
from ocrcore.ports.audit_outbox import AuditOutbox, UnsentEntry

#: Rows per DELETE statement.
_CHUNK: Final = 1000


class SqlAuditOutbox(AuditOutbox):
    """The audit outbox of a :class:`Database`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def waiting(self, limit: int, *, job_id: UUID | None = None, skip: int = 0) -> Sequence[UnsentEntry]:
        """Return rows, of one job or of all, oldest first."""
        wanted = sa.select(AUDIT_OUTBOX).order_by(AUDIT_OUTBOX.c.id).limit(limit)
        if skip:
            wanted = wanted.offset(skip)
        if job_id is not None:
            wanted = wanted.where(AUDIT_OUTBOX.c.job_id == job_id)
        with self._database.reading() as connection:
            return [UnsentEntry(row["id"], entry_of(row)) for row in connection.execute(wanted).mappings()]

    def remove(self, ids: Iterable[int]) -> None:
        """Remove rows whose entry was accepted, all in one transaction."""
        rest = iter(sorted(set(ids)))
        chunks = list(iter(lambda: list(islice(rest, _CHUNK)), []))

        def remove(connection: sa.Connection) -> None:
            for chunk in chunks:
                connection.execute(sa.delete(AUDIT_OUTBOX).where(AUDIT_OUTBOX.c.id.in_(chunk)))

        if chunks:
            self._database.write(remove)
