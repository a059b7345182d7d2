"""Due work, each kind found with one index."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from adapters.sql.database import Database
from adapters.sql.rows import tombstone_of
from adapters.sql.tables import ITEMS, JOBS, OUTBOX, TOMBSTONES
from ocrcore.domain.job import Tombstone
from ocrcore.domain.lifecycle import OPEN_JOBS, ItemStatus
from ocrcore.ports.due_work import DueWork, Leftovers


class SqlDueWork(DueWork):
    """The due work of a :class:`Database`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def overdue(self, now: datetime, limit: int) -> Sequence[UUID]:
        """Return open jobs whose deadline is at or before ``now``."""
        due = (
            sa.select(JOBS.c.id)
            .where(
                JOBS.c.status.in_(sorted(status.value for status in OPEN_JOBS)),
                JOBS.c.sqs_retention_deadline <= now,
                JOBS.c.submitted_at.is_not(None),
            )
            .order_by(JOBS.c.sqs_retention_deadline, JOBS.c.id)
        )
        return self._ids(due.limit(limit))

    def lapsed(self, now: datetime, limit: int) -> Sequence[tuple[UUID, UUID]]:
        """Return (job, item) of items whose lease ended at or before ``now``."""
        due = sa.select(ITEMS.c.job_id, ITEMS.c.id).where(ITEMS.c.lease_until <= now)
        with self._database.reading() as connection:
            rows = connection.execute(due.order_by(ITEMS.c.lease_until, ITEMS.c.id).limit(limit))
            return [(job_id, item_id) for job_id, item_id in rows]

    def forgotten(self, cutoffs: Sequence[datetime], limit: int) -> Sequence[tuple[UUID, UUID]]:
        """Return (job, item) of waiting items without an outbox row."""
        if not cutoffs:
            return []
        due = sa.union_all(*(_waiting_since(cutoff, requeues, limit) for requeues, cutoff in enumerate(cutoffs)))
        with self._database.reading() as connection:
            rows = [(row.queued_at - cutoffs[row.requeues], row.id, row.job_id) for row in connection.execute(due)]
        return [(job_id, item_id) for _, item_id, job_id in sorted(rows)[:limit]]

    def drafts(self, before: datetime, limit: int) -> Sequence[UUID]:
        """Return drafts created before the instant."""
        return self._ids(_drafts(before, limit))

    def uploads(self, now: datetime, limit: int) -> Sequence[UUID]:
        """Return jobs and drafts whose uploads are to be purged at ``now``."""
        return self._ids(_uploads(now, limit))

    def kept(self, now: datetime, limit: int) -> Sequence[UUID]:
        """Return finished jobs that are kept until ``now`` at the latest, and some that release 0.1 finished."""
        return self._ids(_kept(now, limit))

    def leftovers(self, drafts_before: datetime, now: datetime, limit: int) -> Leftovers:
        """Return all with one statement, because every round of upkeep asks for them."""
        whole = sa.union_all(
            sa.select(_drafts(drafts_before, limit).subquery(), sa.literal(0).label("kind")),
            sa.select(_uploads(now, limit).subquery(), sa.literal(1)),
            sa.select(_kept(now, limit).subquery(), sa.literal(2)),
        )
        with self._database.reading() as connection:
            rows = connection.execute(whole).all()
        kinds = ([(row.at, row.id) for row in rows if row.kind == kind] for kind in range(3))
        return Leftovers(*([job_id for _, job_id in sorted(found)] for found in kinds))

    def unindexed(self, until: datetime, limit: int) -> Sequence[tuple[UUID, UUID]]:
        """Return (job, item) of DONE items that the search index lacks."""
        due = sa.select(ITEMS.c.job_id, ITEMS.c.id).where(
            ITEMS.c.status == ItemStatus.DONE.value, ITEMS.c.is_indexed.is_(None), ITEMS.c.finished_at <= until
        )
        with self._database.reading() as connection:
            rows = connection.execute(due.order_by(ITEMS.c.finished_at, ITEMS.c.id).limit(limit))
            return [(job_id, item_id) for job_id, item_id in rows]

    def tombstones(self, now: datetime, limit: int) -> Sequence[Tombstone]:
        """Return tombstones whose next purge is due at ``now``, or whose pages may be in the search index."""
        due = TOMBSTONES.c.purge_at <= now
        indexed = TOMBSTONES.c.is_unindexed.is_(None) & (TOMBSTONES.c.deleted_at <= now)
        parts = sa.union(
            sa.select(_first(due, TOMBSTONES.c.purge_at, limit)),
            sa.select(_first(indexed, TOMBSTONES.c.deleted_at, limit)),
        )
        with self._database.reading() as connection:
            found = [tombstone_of(row) for row in connection.execute(parts).mappings()]
        return sorted(found, key=lambda stone: (stone.purge_at, stone.job_id))[:limit]

    def _ids(self, query: sa.Executable) -> Sequence[UUID]:
        with self._database.reading() as connection:
            return connection.execute(query).scalars().all()


def _drafts(before: datetime, limit: int) -> sa.Select[UUID, datetime]:
    drafts = sa.select(JOBS.c.id, JOBS.c.created_at.label("at"))
    drafts = drafts.where(JOBS.c.submitted_at.is_(None), JOBS.c.created_at < before)
    return drafts.order_by(JOBS.c.created_at, JOBS.c.id).limit(limit)


def _uploads(now: datetime, limit: int) -> sa.Select[UUID, datetime | None]:
    due = sa.select(JOBS.c.id, JOBS.c.uploads_purge_at.label("at")).where(JOBS.c.uploads_purge_at <= now)
    return due.order_by(JOBS.c.uploads_purge_at, JOBS.c.id).limit(limit)


def _kept(now: datetime, limit: int) -> sa.Select[UUID, datetime | None]:
    """Return jobs that retention is to look at.

    Release 0.1 finishes and retries jobs, and leaves ``keep_until`` as it is: the instant of an open job, or that of an
    earlier end. Both are before the right one, so such a job is found early; retention, which decides about the row
    under its lock, saves it with the right instant.
    """
    due = sa.select(JOBS.c.id, JOBS.c.keep_until.label("at"))
    due = due.where(JOBS.c.keep_until <= now, JOBS.c.finished_at.is_not(None))
    return due.order_by(JOBS.c.keep_until, JOBS.c.id).limit(limit)


def _first(due: sa.ColumnElement[bool], since: sa.Column[datetime], limit: int) -> sa.Subquery:
    return sa.select(TOMBSTONES).where(due).order_by(since, TOMBSTONES.c.job_id).limit(limit).subquery()


def _waiting_since(cutoff: datetime, requeues: int, limit: int) -> sa.Select[UUID, UUID, datetime, int]:
    first = (
        sa.select(ITEMS.c.id, ITEMS.c.job_id, ITEMS.c.queued_at, ITEMS.c.requeues)
        .where(
            ITEMS.c.status == ItemStatus.PENDING.value,
            ITEMS.c.requeues == requeues,
            ITEMS.c.queued_at <= cutoff,
            ~sa.exists().where(OUTBOX.c.item_id == ITEMS.c.id),
        )
        .order_by(ITEMS.c.queued_at, ITEMS.c.id)
        .limit(limit)
        .subquery()
    )
    return sa.select(first)
