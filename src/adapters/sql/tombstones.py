"""Tombstones as a table."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa

from adapters.sql.database import Database
from adapters.sql.rows import tombstone_of, tombstone_row
from adapters.sql.tables import TOMBSTONES
from ocrcore.domain.job import Tombstone
from ocrcore.ports.tombstones import Tombstones


def with_key(owner: str, key: str) -> sa.Select[Any]:
    """Return a query for the tombstones of the owner's jobs that had this idempotency key."""
    return sa.select(TOMBSTONES).where(TOMBSTONES.c.owner == owner, TOMBSTONES.c.idempotency_key == key)


class SqlTombstones(Tombstones):
    """The tombstones of a :class:`Database`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, job_id: UUID) -> Tombstone | None:
        """Return the tombstone of a job, or None."""
        wanted = sa.select(TOMBSTONES).where(TOMBSTONES.c.job_id == job_id)
        with self._database.reading() as connection:
            row = connection.execute(wanted).mappings().first()
        return None if row is None else tombstone_of(row)

    def find(self, owner: str, key: str) -> Tombstone | None:
        """Return the latest tombstone of the owner's job that had this idempotency key, or None."""
        wanted = with_key(owner, key)
        with self._database.reading() as connection:
            found = [tombstone_of(row) for row in connection.execute(wanted).mappings()]
        return max(found, key=lambda stone: stone.deleted_at, default=None)

    def replace(self, old: Tombstone, new: Tombstone | None) -> bool:
        """Replace ``old`` by ``new``, and return False if ``old`` was no longer current."""
        as_it_was = [TOMBSTONES.c[name].is_not_distinct_from(value) for name, value in tombstone_row(old).items()]
        if new is None:
            statement: sa.Update | sa.Delete = sa.delete(TOMBSTONES).where(*as_it_was)
        else:
            statement = sa.update(TOMBSTONES).where(*as_it_was).values(tombstone_row(new))
        return self._database.write(lambda connection: connection.execute(statement).rowcount == 1)
