"""Worker reports in a relational database."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

import sqlalchemy as sa

from adapters.sql.database import Database
from adapters.sql.dialects import Instant
from adapters.sql.rows import report_of, report_row
from adapters.sql.tables import ITEMS, JOBS, OUTBOX, WORKERS
from ocrcore.domain.fleet import BeingRead, Totals, Volume, WorkerReport
from ocrcore.domain.lifecycle import OPEN_JOBS, ItemStatus, JobStatus
from ocrcore.ports.workers import Workers

_OPEN: Final = sa.select(
    sa.func.coalesce(sa.func.sum(JOBS.c.pending), 0), sa.func.coalesce(sa.func.sum(JOBS.c.processing), 0)
).where(JOBS.c.status.in_(sorted(status.value for status in OPEN_JOBS)), JOBS.c.submitted_at.is_not(None))

#: One index lookup per number of requeues: there are few, and the index is ordered within each.
_OLDEST_PENDING: Final = sa.select(
    sa.func.min(
        sa.union_all(
            *(
                sa.select(sa.func.min(ITEMS.c.queued_at).label("queued_at")).where(
                    ITEMS.c.status == ItemStatus.PENDING.value, ITEMS.c.requeues == requeues
                )
                for requeues in range(9)
            )
        )
        .subquery()
        .c.queued_at
    )
)
_COUNTS: Final = {
    ItemStatus.PENDING: JOBS.c.pending,
    ItemStatus.PROCESSING: JOBS.c.processing,
    ItemStatus.DONE: JOBS.c.done,
    ItemStatus.ERROR: JOBS.c.error,
}
_TOTALS: Final = (
    sa.select(JOBS.c.status, sa.func.count(), *(sa.func.sum(column) for column in _COUNTS.values()))
    .where(JOBS.c.submitted_at.is_not(None))
    .group_by(JOBS.c.status)
)
#: Only items that are PROCESSING have a lease.
_BEING_READ: Final = (
    sa.select(ITEMS.c.id, ITEMS.c.job_id, JOBS.c.owner, ITEMS.c.position, ITEMS.c.worker_id, ITEMS.c.started_at)
    .join(JOBS, JOBS.c.id == ITEMS.c.job_id)
    .where(ITEMS.c.lease_until.is_not(None))
    .order_by(ITEMS.c.lease_until)
    .limit(sa.bindparam("most", type_=sa.Integer))
)
#: The minute of an instant as text, ``2026-01-02 03:04``; every database writes instants so.
_MINUTE: Final = sa.func.substr(sa.cast(ITEMS.c.finished_at, sa.CHAR(26)), 1, 16)
#: Two ranges of one index: of the pages that the search index has, and of the others.
_READ_BY_MINUTE: Final = sa.union_all(
    *(
        sa.select(_MINUTE, sa.func.count())
        .where(
            ITEMS.c.status == ItemStatus.DONE.value,
            is_indexed,
            ITEMS.c.finished_at >= sa.bindparam("since", type_=Instant()),
        )
        .group_by(_MINUTE)
        for is_indexed in (ITEMS.c.is_indexed == sa.true(), ITEMS.c.is_indexed.is_(None))
    )
)


class SqlWorkers(Workers):
    """Worker reports of a :class:`Database`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def report(self, report: WorkerReport) -> None:
        """Store the report in place of the process's previous one."""

        def replace(connection: sa.Connection) -> None:
            row = report_row(report)
            if not connection.execute(sa.update(WORKERS).where(WORKERS.c.id == report.id).values(row)).rowcount:
                connection.execute(sa.insert(WORKERS).values(row))

        self._database.write(replace)

    def reports(self, limit: int) -> Sequence[WorkerReport]:
        """Return the latest reports, newest first."""
        newest = WORKERS.c.seen_at.desc(), WORKERS.c.id.desc()
        found = sa.select(WORKERS.c.id).order_by(*newest).limit(limit).subquery()  # reads the end of an index
        wanted = sa.select(WORKERS).join(found, found.c.id == WORKERS.c.id).order_by(*newest)
        with self._database.reading() as connection:
            return [report_of(row) for row in connection.execute(wanted).mappings()]

    def forget(self, before: datetime) -> None:
        """Delete reports older than the instant."""
        self._database.write(
            lambda connection: connection.execute(sa.delete(WORKERS).where(WORKERS.c.seen_at < before))
        )

    def volume(self) -> Volume:
        """Return the amount of open work. The numbers come from the jobs' counts, not from a count of items."""
        with self._database.reading() as connection:
            pending, processing = connection.execute(_OPEN).one()
            order = connection.execute(sa.select(sa.func.min(OUTBOX.c.created_at))).scalar()
            waiting = connection.execute(_OLDEST_PENDING).scalar()
        return Volume(int(pending), int(processing), order, waiting)

    def totals(self) -> Totals:
        """Return the number of jobs and items in each status, from the jobs' rows only."""
        with self._database.reading() as connection:
            rows = connection.execute(_TOTALS).all()
        jobs, items = dict.fromkeys(JobStatus, 0), dict.fromkeys(ItemStatus, 0)
        for status, number, *counts in rows:
            jobs[JobStatus(status)] = number
            for item_status, count in zip(_COUNTS, counts, strict=True):
                items[item_status] += int(count)
        return Totals(jobs, items)

    def being_read(self, limit: int) -> Sequence[BeingRead]:
        """Return items that are PROCESSING, from the index of leases."""
        with self._database.reading() as connection:
            rows = connection.execute(_BEING_READ, {"most": limit}).all()
        found = [
            BeingRead(row.job_id, row.id, row.owner, row.position, row.worker_id, row.started_at)
            for row in rows
            if row.started_at is not None
        ]
        return sorted(found, key=lambda page: (page.since, page.item_id))

    def read_by_minute(self, since: datetime) -> Mapping[datetime, int]:
        """Return how many items became DONE in each minute, from an index only."""
        with self._database.reading() as connection:
            rows = connection.execute(_READ_BY_MINUTE, {"since": since}).all()
        counts: Counter[datetime] = Counter()
        for minute, number in rows:
            counts[datetime.fromisoformat(minute).replace(tzinfo=UTC)] += int(number)
        return counts
