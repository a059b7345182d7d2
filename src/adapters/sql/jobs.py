"""The state of record in a relational database."""

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Any, Final, TypeVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from adapters.sql.database import Database
from adapters.sql.key_rows import require_asker
from adapters.sql.least_sure import count_unreviewed, least_sure
from adapters.sql.rows import correction_of, item_of, job_of, job_row
from adapters.sql.tables import CORRECTIONS, ITEMS, JOBS
from adapters.sql.transaction import SqlTransaction, require_key_not_buried
from adapters.sql.usage import usage_of
from ocrcore.domain.correction import Correction
from ocrcore.domain.errors import ItemNotFound, JobNotFound
from ocrcore.domain.idempotency import IdempotencyKeyTaken
from ocrcore.domain.item import Item
from ocrcore.domain.job import Job
from ocrcore.domain.lifecycle import OPEN_JOBS, ItemStatus
from ocrcore.domain.limits import Usage
from ocrcore.ports.api_keys import Asker
from ocrcore.ports.jobs import JobCursor, JobFilter, Jobs, JobTransaction, Lease, ReviewCursor

T = TypeVar("T")
#: The last code point, and the bounds of the surrogates, which no text contains.
_LAST: Final = 0x10FFFF
_FIRST_SURROGATE: Final = 0xD800
_AFTER_SURROGATES: Final = 0xE000
_SHOWN: Final = (JOBS.c.owner == sa.bindparam("asker"), JOBS.c.submitted_at.is_not(None))
#: The owner sees a draft, too, whose files are sent to addresses.
_SEEN: Final = (
    JOBS.c.owner == sa.bindparam("asker"),
    sa.or_(JOBS.c.submitted_at.is_not(None), JOBS.c.submit_serial.is_not(None)),
)
_GET_JOB: Final = sa.select(JOBS).where(JOBS.c.id == sa.bindparam("job"), *_SEEN)
_OPEN_DEADLINES: Final = sa.select(JOBS.c.id, JOBS.c.sqs_retention_deadline).where(
    JOBS.c.id.in_(sa.bindparam("jobs", expanding=True)),
    JOBS.c.submitted_at.is_not(None),
    JOBS.c.status.in_([status.value for status in sorted(OPEN_JOBS)]),
)
_WAITING_OWNERS: Final = (
    sa.select(JOBS.c.owner)
    .where(JOBS.c.status.in_([status.value for status in sorted(OPEN_JOBS)]), JOBS.c.pending > 0)
    .distinct()
    .limit(sa.bindparam("most", type_=sa.Integer))
)
_FIND_JOB: Final = sa.select(JOBS).where(JOBS.c.idempotency_key == sa.bindparam("key"), *_SEEN)
_GET_ITEM: Final = (
    sa.select(ITEMS).join(JOBS, JOBS.c.id == ITEMS.c.job_id).where(ITEMS.c.id == sa.bindparam("item"), *_SHOWN)
)
_ITEMS: Final = (
    sa.select(ITEMS)
    .where(ITEMS.c.job_id == sa.bindparam("job"), ITEMS.c.position > sa.bindparam("after"))
    .order_by(ITEMS.c.position)
    .limit(sa.bindparam("most", type_=sa.Integer))
)
_ITEMS_OF_STATUS: Final = _ITEMS.where(ITEMS.c.status == sa.bindparam("status"))


_CORRECTIONS: Final = (
    sa.select(CORRECTIONS)
    .join(ITEMS, ITEMS.c.id == CORRECTIONS.c.item_id)
    .join(JOBS, JOBS.c.id == ITEMS.c.job_id)
    .where(CORRECTIONS.c.item_id == sa.bindparam("item"), *_SHOWN)
    .order_by(CORRECTIONS.c.line, CORRECTIONS.c.word)
)


class SqlJobs(Jobs):
    """Jobs of a :class:`Database`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, draft: Job, *, asker: Asker | None = None) -> None:
        """Write the row of a draft."""

        def insert(connection: sa.Connection) -> None:
            require_asker(connection, asker)
            try:
                connection.execute(sa.insert(JOBS).values(job_row(draft)))
            except IntegrityError as error:
                if draft.idempotency is None:
                    raise
                raise IdempotencyKeyTaken from error
            require_key_not_buried(connection, draft)

        self._database.write(insert)

    def transact(self, job_id: UUID, decide: Callable[[JobTransaction], T], *, items: Sequence[UUID] = ()) -> T:
        """Lock the job's row, let ``decide`` read and write, commit, and return its result."""
        return self._database.write(lambda connection: decide(SqlTransaction(connection, job_id, items)))

    def get(self, job_id: UUID, owner: str) -> Job:
        """Return a submitted job, or a draft with uploads."""
        with self._database.reading() as connection:
            row = connection.execute(_GET_JOB, {"job": job_id, "asker": owner}).mappings().first()
        if row is None:
            raise JobNotFound
        return job_of(row)

    def open_deadlines(self, job_ids: Sequence[UUID]) -> Mapping[UUID, datetime]:
        """Return the deadlines of those jobs that are submitted and open."""
        with self._database.reading() as connection:
            rows = connection.execute(_OPEN_DEADLINES, {"jobs": list(job_ids)}) if job_ids else ()
            return {row.id: row.sqs_retention_deadline for row in rows}

    def find(self, owner: str, key: str) -> Job | None:
        """Return the owner's job that was made with this idempotency key, or None."""
        with self._database.reading() as connection:
            row = connection.execute(_FIND_JOB, {"key": key, "asker": owner}).mappings().first()
        return None if row is None else job_of(row)

    def list(self, owner: str, only: JobFilter, after: JobCursor | None, limit: int) -> Sequence[Job]:
        """Return submitted jobs after the cursor, newest first."""
        wanted = _named(only, after, limit) if only.name_prefix else _page(only, after, limit)
        with self._database.reading() as connection:
            return [job_of(row) for row in connection.execute(wanted, {"asker": owner}).mappings()]

    def items(self, job_id: UUID, status: ItemStatus | None, after: int, limit: int) -> Sequence[Item]:
        """Return items with a position above ``after``, by position."""
        asked = {"job": job_id, "after": after, "most": limit}
        query = _ITEMS if status is None else _ITEMS_OF_STATUS
        with self._database.reading() as connection:
            rows = connection.execute(query, asked if status is None else asked | {"status": status.value}).mappings()
            return [item_of(row) for row in rows]

    def item(self, item_id: UUID, owner: str) -> Item:
        """Return an item of a submitted job."""
        with self._database.reading() as connection:
            row = connection.execute(_GET_ITEM, {"item": item_id, "asker": owner}).mappings().first()
        if row is None:
            raise ItemNotFound
        return item_of(row)

    def corrections(self, item_id: UUID, owner: str) -> Sequence[Correction]:
        """Return the corrections of an item."""
        with self._database.reading() as connection:
            rows = connection.execute(_CORRECTIONS, {"item": item_id, "asker": owner}).mappings()
            return [correction_of(row) for row in rows]

    def least_sure(
        self, owner: str, after: ReviewCursor | None, limit: int, *, reviewed: bool | None = None
    ) -> Sequence[Item]:
        """Return DONE items by confidence, from an index."""
        with self._database.reading() as connection:
            return least_sure(connection, owner, after, limit, reviewed=reviewed)

    def unreviewed(self, owner: str, most: int) -> int:
        """Return how many DONE items nobody has looked at, from an index."""
        with self._database.reading() as connection:
            return count_unreviewed(connection, owner, most)

    def usage(self, owner: str) -> Usage:
        """Return what the owner's jobs and drafts have."""
        with self._database.reading() as connection:
            return usage_of(connection, owner)

    def waiting_owners(self, limit: int) -> Sequence[str]:
        """Return owners with a waiting item, from the open jobs."""
        with self._database.reading() as connection:
            return connection.execute(_WAITING_OWNERS, {"most": limit}).scalars().all()

    def renew(self, leases: Sequence[Lease], until: datetime) -> AbstractSet[Lease]:
        """Extend the leases that are still current and return those that were refused."""
        if not leases:
            return set()
        current = _current(leases)

        def extend(connection: sa.Connection) -> AbstractSet[Lease]:
            connection.execute(sa.update(ITEMS).where(current).values(lease_until=until))
            kept = connection.execute(sa.select(ITEMS.c.id, ITEMS.c.attempts).where(current))
            return set(leases) - {Lease(item_id, attempt) for item_id, attempt in kept}

        return self._database.write(extend)

    def check(self) -> None:
        """Return if the tables can be read, and there is room for changes, else raise ``DatabaseUnavailable``."""
        self._database.check()
        self._database.check_room()


def _page(only: JobFilter, after: JobCursor | None, limit: int) -> sa.Select[Any]:
    """Return a query that scans an index from the start of the page to its end."""
    conditions = _passing(only, after, JOBS.c.status, JOBS.c.created_at)
    newest = JOBS.c.created_at.desc(), JOBS.c.id.desc()
    return sa.select(JOBS).where(*_SHOWN, *conditions).order_by(*newest).limit(limit)


def _named(only: JobFilter, after: JobCursor | None, limit: int) -> sa.Select[Any]:
    """Return a query that finds and sorts names within an index, and reads full rows for the page only.

    Its cost grows with the matches. With any other index it would grow with the rows that do not match, so the other
    columns are wrapped in a function, which keeps the planner from using their indexes.
    """
    status, created_at = sa.func.coalesce(JOBS.c.status, None), sa.func.coalesce(JOBS.c.created_at, None)
    begins = [JOBS.c.name >= only.name_prefix]  # not LIKE, because it has wildcards and rules for case
    if (beyond := _beyond(only.name_prefix)) is not None:
        begins.append(JOBS.c.name < beyond)
    found = (
        sa.select(JOBS.c.id)
        .where(*_SHOWN, *begins, *_passing(only, after, status, created_at))
        .order_by(created_at.desc(), JOBS.c.id.desc())
        .limit(limit)
        .subquery()
    )
    newest = JOBS.c.created_at.desc(), JOBS.c.id.desc()
    return sa.select(JOBS).join(found, found.c.id == JOBS.c.id).order_by(*newest)


def _passing(
    only: JobFilter, after: JobCursor | None, status: sa.ColumnElement[str], created_at: sa.ColumnElement[datetime]
) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    if only.status is not None:
        conditions.append(status == only.status.value)
    if only.created_after is not None:
        conditions.append(created_at > only.created_after)
    if only.created_before is not None:
        conditions.append(created_at < only.created_before)
    if after is not None:
        # the first is implied by the second, but lets an index scan start there
        conditions += [created_at <= after.created_at, (created_at < after.created_at) | (JOBS.c.id < after.id)]
    return conditions


def _beyond(prefix: str) -> str | None:
    """Return the first text, by code points, after all texts with the prefix, or None if there is none."""
    kept = prefix.rstrip(chr(_LAST))
    if not kept:
        return None
    following = ord(kept[-1]) + 1
    return kept[:-1] + chr(_AFTER_SURROGATES if following == _FIRST_SURROGATE else following)


def _current(leases: Sequence[Lease]) -> sa.ColumnElement[bool]:
    pairs = sorted({(lease.item_id, lease.attempt) for lease in leases})  # sorted, against deadlocks
    return sa.and_(
        ITEMS.c.id.in_([item_id for item_id, _ in pairs]),
        sa.tuple_(ITEMS.c.id, ITEMS.c.attempts).in_(pairs),
        ITEMS.c.status == ItemStatus.PROCESSING.value,
    )
