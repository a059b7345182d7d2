"""The state of record in a relational database."""

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Final, TypeVar
from uuid import UUID

import sqlalchemy as sa

from adapters.sql.database import Database
from adapters.sql.rows import item_of, job_of, job_row
from adapters.sql.tables import ITEMS, JOBS
from adapters.sql.transaction import SqlTransaction
from ocrcore.domain.errors import ItemNotFound, JobNotFound
from ocrcore.domain.item import Item
from ocrcore.domain.job import Job
from ocrcore.domain.lifecycle import ItemStatus
from ocrcore.ports.jobs import JobCursor, JobFilter, Jobs, JobTransaction, Lease

T = TypeVar("T")
_SHOWN: Final = (JOBS.c.owner == sa.bindparam("asker"), JOBS.c.submitted_at.is_not(None))
_GET_JOB: Final = sa.select(JOBS).where(JOBS.c.id == sa.bindparam("job"), *_SHOWN)
_FIND_JOB: Final = sa.select(JOBS).where(JOBS.c.idempotency_key == sa.bindparam("key"), *_SHOWN)
_GET_ITEM: Final = (
    sa.select(ITEMS).join(JOBS, JOBS.c.id == ITEMS.c.job_id).where(ITEMS.c.id == sa.bindparam("item"), *_SHOWN)
)


class SqlJobs(Jobs):
    """Jobs of a :class:`Database`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, draft: Job) -> None:
        """Write the row of a draft."""
        self._database.write(lambda connection: connection.execute(sa.insert(JOBS).values(job_row(draft))))

    def transact(self, job_id: UUID, decide: Callable[[JobTransaction], T], *, item_id: UUID | None = None) -> T:
        """Lock the job's row, let ``decide`` read and write, commit, and return its answer."""
        return self._database.write(lambda connection: decide(SqlTransaction(connection, job_id, item_id)))

    def get(self, job_id: UUID, owner: str) -> Job:
        """Return a submitted job."""
        with self._database.reading() as connection:
            row = connection.execute(_GET_JOB, {"job": job_id, "asker": owner}).mappings().first()
        if row is None:
            raise JobNotFound
        return job_of(row)

    def find(self, owner: str, key: str) -> Job | None:
        """Return the owner's job that was submitted with this idempotency key, or None."""
        with self._database.reading() as connection:
            row = connection.execute(_FIND_JOB, {"key": key, "asker": owner}).mappings().first()
        return None if row is None else job_of(row)

    def list(self, owner: str, only: JobFilter, after: JobCursor | None, limit: int) -> Sequence[Job]:
        """Return submitted jobs, newest first, those that come after the cursor."""
        wanted = (
            sa.select(JOBS)
            .where(*_SHOWN, *_passing(only), *_after(after))
            .order_by(JOBS.c.created_at.desc(), JOBS.c.id.desc())
            .limit(limit)
        )
        with self._database.reading() as connection:
            return [job_of(row) for row in connection.execute(wanted, {"asker": owner}).mappings()]

    def items(self, job_id: UUID, status: ItemStatus | None, after: int, limit: int) -> Sequence[Item]:
        """Return items by position, those with a position above ``after``."""
        wanted = sa.select(ITEMS).where(ITEMS.c.job_id == job_id, ITEMS.c.position > after)
        if status is not None:
            wanted = wanted.where(ITEMS.c.status == status.value)
        with self._database.reading() as connection:
            rows = connection.execute(wanted.order_by(ITEMS.c.position).limit(limit)).mappings()
            return [item_of(row) for row in rows]

    def item(self, item_id: UUID, owner: str) -> Item:
        """Return an item of a submitted job."""
        with self._database.reading() as connection:
            row = connection.execute(_GET_ITEM, {"item": item_id, "asker": owner}).mappings().first()
        if row is None:
            raise ItemNotFound
        return item_of(row)

    def renew(self, leases: Sequence[Lease], until: datetime) -> AbstractSet[Lease]:
        """Extend the leases that are still current; return those that were refused."""
        if not leases:
            return set()
        current = _current(leases)

        def extend(connection: sa.Connection) -> AbstractSet[Lease]:
            connection.execute(sa.update(ITEMS).where(current).values(lease_until=until))
            kept = connection.execute(sa.select(ITEMS.c.id, ITEMS.c.attempts).where(current))
            return set(leases) - {Lease(item_id, attempt) for item_id, attempt in kept}

        return self._database.write(extend)

    def check(self) -> None:
        """Return if the tables can be read, else raise ``DatabaseUnavailable``."""
        self._database.check()


def _passing(only: JobFilter) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    if only.status is not None:
        conditions.append(JOBS.c.status == only.status.value)
    if only.name_prefix:  # no LIKE: it has wildcards, and its idea of case differs between databases
        conditions.append(sa.func.substr(JOBS.c.name, 1, len(only.name_prefix)) == only.name_prefix)
    if only.created_after is not None:
        conditions.append(JOBS.c.created_at > only.created_after)
    if only.created_before is not None:
        conditions.append(JOBS.c.created_at < only.created_before)
    return conditions


def _after(cursor: JobCursor | None) -> list[sa.ColumnElement[bool]]:
    if cursor is None:
        return []
    earlier = JOBS.c.created_at < cursor.created_at
    return [  # the first says nothing new, but an index can begin there
        JOBS.c.created_at <= cursor.created_at,
        earlier | (JOBS.c.id < cursor.id),
    ]


def _current(leases: Sequence[Lease]) -> sa.ColumnElement[bool]:
    pairs = sorted({(lease.item_id, lease.attempt) for lease in leases})  # in order, against deadlocks
    return sa.and_(
        ITEMS.c.id.in_([item_id for item_id, _ in pairs]),
        sa.tuple_(ITEMS.c.id, ITEMS.c.attempts).in_(pairs),
        ITEMS.c.status == ItemStatus.PROCESSING.value,
    )
