"""The outbox as a table."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import islice
from typing import Final
from uuid import UUID

import sqlalchemy as sa

from adapters.sql.database import Database
from adapters.sql.rows import order_of
from adapters.sql.tables import OUTBOX
from ocrcore.ports.outbox import Order, Outbox

#: Rows per DELETE statement.
_CHUNK: Final = 1000
#: Owners per SELECT statement.
_OWNERS_AT_ONCE: Final = 100
_Conditions = Sequence[sa.ColumnElement[bool]]


class SqlOutbox(Outbox):
    """The outbox of a :class:`Database`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._owners = database.dialect.values_of(OUTBOX.c.owner)

    def waiting(self, limit: int, *, before: datetime | None = None, job_id: UUID | None = None) -> Sequence[Order]:
        """Return rows written at or before ``before``, or rows of one job: oldest first, owners in turn."""
        conditions = [] if before is None else [OUTBOX.c.created_at <= before]
        with self._database.reading() as connection:
            if job_id is None:
                owners = connection.execute(self._owners).scalars().all()
                return _in_turn(connection, owners, conditions, limit)
            of_job = sa.select(OUTBOX).where(OUTBOX.c.job_id == job_id, *conditions)  # a job has one owner
            rows = connection.execute(of_job.order_by(OUTBOX.c.id).limit(limit)).mappings()
            return [order_of(row) for row in rows]

    def remove(self, ids: Iterable[int]) -> None:
        """Remove rows whose message was accepted, all in one transaction."""
        rest = iter(sorted(set(ids)))
        chunks = list(iter(lambda: list(islice(rest, _CHUNK)), []))

        def remove(connection: sa.Connection) -> None:
            for chunk in chunks:
                connection.execute(sa.delete(OUTBOX).where(OUTBOX.c.id.in_(chunk)))

        if chunks:
            self._database.write(remove)


def _in_turn(connection: sa.Connection, owners: Sequence[str], conditions: _Conditions, limit: int) -> Sequence[Order]:
    """Return the oldest row of each owner, then the second oldest. The cost is independent of the rows that wait."""
    rest = iter(owners)
    ranked: list[tuple[int, int]] = []
    while some := list(islice(rest, _OWNERS_AT_ONCE)):
        firsts = sa.union_all(*(sa.select(_first_of(owner, conditions, limit)) for owner in some))
        ranked += [(row.turn, row.id) for row in connection.execute(firsts)]
    ids = [number for _, number in sorted(ranked)[:limit]]
    if not ids:
        return []
    rows = connection.execute(sa.select(OUTBOX).where(OUTBOX.c.id.in_(ids))).mappings()
    orders = {order.id: order for order in map(order_of, rows)}
    return [orders[number] for number in ids if number in orders]  # a row may have been removed in between


def _first_of(owner: str, conditions: _Conditions, limit: int) -> sa.Subquery:
    first = sa.select(OUTBOX.c.id).where(OUTBOX.c.owner == owner, *conditions).order_by(OUTBOX.c.id).limit(limit)
    of_owner = first.subquery()
    turn = sa.func.row_number().over(order_by=of_owner.c.id).label("turn")
    return sa.select(of_owner.c.id, turn).subquery()
