"""The row scan of a relational database. Its rows may be inconsistent, so they are not read as jobs and items."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

from adapters.sql.database import Database
from adapters.sql.tables import ITEMS, JOBS
from ocrcore.domain.codes import ItemErrorCode
from ocrcore.domain.errors import JobNotFound
from ocrcore.domain.item_row import ItemRow, Place
from ocrcore.domain.job_row import JobRow, StoredState
from ocrcore.domain.lifecycle import Counts, ItemStatus, JobStatus
from ocrcore.ports.row_scan import RowScan

_NUMBERS: Final = ("total", "pending", "processing", "done", "error", "expired")
_ROW: Final = sa.select(
    *(JOBS.c[name] for name in ("id", "submitted_at", "status", "finished_at", *_NUMBERS, "submit_serial", "owner")),
)
_PAGE: Final = _ROW.where(JOBS.c.id > sa.bindparam("after")).order_by(JOBS.c.id).limit(sa.bindparam("most"))
_LOCKED: Final = _ROW.where(JOBS.c.id == sa.bindparam("job")).with_for_update()
_CORRECT: Final = sa.update(JOBS).where(JOBS.c.id == sa.bindparam("job"))
#: Of some jobs: the number of items in each status, how many of these expired, and their latest end.
_COUNTED: Final = (
    sa.select(
        ITEMS.c.job_id,
        ITEMS.c.status,
        sa.func.count().label("number"),
        sa.func.count(sa.case((ITEMS.c.error_code == ItemErrorCode.EXPIRED.value, 1))).label("expired"),
        sa.func.max(ITEMS.c.finished_at).label("latest_end"),
    )
    .where(ITEMS.c.job_id.in_(sa.bindparam("jobs", expanding=True)))
    .group_by(ITEMS.c.job_id, ITEMS.c.status)
)
_COLUMNS: Final = (
    ITEMS.c.job_id,
    ITEMS.c.position,
    ITEMS.c.id,
    ITEMS.c.s3_key,
    ITEMS.c.page,
    ITEMS.c.status,
    ITEMS.c.attempts,
    ITEMS.c.attempts_limit,
    ITEMS.c.lease_until,
    ITEMS.c.error_code,
    ITEMS.c.ocr_text.is_not(None).label("has_text"),
    ITEMS.c.engine,
    ITEMS.c.layout_key,
    ITEMS.c.finished_at,
    ITEMS.c.is_indexed,
)
_SAME_JOB: Final = (ITEMS.c.job_id == sa.bindparam("job")) & (ITEMS.c.position > sa.bindparam("position"))
_ITEMS_PAGE: Final = (
    sa.select(*_COLUMNS)
    .where(ITEMS.c.job_id >= sa.bindparam("job"), _SAME_JOB | (ITEMS.c.job_id > sa.bindparam("job")))
    .order_by(ITEMS.c.job_id, ITEMS.c.position)
    .limit(sa.bindparam("most"))
)


class SqlRowScan(RowScan):
    """The row scan of a :class:`Database`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def jobs(self, after: UUID, limit: int) -> Sequence[JobRow]:
        """Return jobs with ids above ``after``, by id, with two statements per page."""
        with self._database.reading() as connection:
            rows = connection.execute(_PAGE, {"after": after, "most": limit}).mappings().all()
            return _job_rows(connection, rows)

    def items(self, after: Place, limit: int) -> Sequence[ItemRow]:
        """Return items after the place, in the order of an index."""
        where = {"job": after.job_id, "position": after.position, "most": limit}
        with self._database.reading() as connection:
            return [_item_row(row) for row in connection.execute(_ITEMS_PAGE, where).mappings()]

    def correct(self, job_id: UUID, decide: Callable[[JobRow], StoredState | None]) -> JobRow:
        """Lock the job's row, count its items, and write the state that ``decide`` returns."""

        def correct_locked(connection: sa.Connection) -> JobRow:
            rows = connection.execute(_LOCKED, {"job": job_id}).mappings().all()
            if not rows:
                raise JobNotFound
            (row,) = _job_rows(connection, rows)
            state = decide(row)
            if state is not None:
                connection.execute(_CORRECT, {"job": job_id, **_columns(state)})
            return row

        return self._database.write(correct_locked)


def _job_rows(connection: sa.Connection, rows: Sequence[sa.RowMapping]) -> Sequence[JobRow]:
    counted: dict[UUID, list[sa.RowMapping]] = defaultdict(list)
    if rows:
        for group in connection.execute(_COUNTED, {"jobs": [row["id"] for row in rows]}).mappings():
            counted[group["job_id"]].append(group)
    return [
        JobRow(
            row["id"],
            row["submitted_at"],
            _stored(row),
            _counts(counted[row["id"]]),
            _latest(counted[row["id"]]),
            row["submit_serial"] is not None,
            row["owner"],
        )
        for row in rows
    ]


def _stored(row: sa.RowMapping) -> StoredState:
    numbers = {name: row[name] for name in _NUMBERS}
    return StoredState(status=JobStatus(row["status"]), finished_at=row["finished_at"], **numbers)


def _counts(groups: Sequence[sa.RowMapping]) -> Counts:
    numbers = {ItemStatus(group["status"]): int(group["number"]) for group in groups}
    return Counts(
        total=sum(numbers.values()),
        pending=numbers.get(ItemStatus.PENDING, 0),
        processing=numbers.get(ItemStatus.PROCESSING, 0),
        done=numbers.get(ItemStatus.DONE, 0),
        error=numbers.get(ItemStatus.ERROR, 0),
        expired=sum(int(group["expired"]) for group in groups if group["status"] == ItemStatus.ERROR.value),
    )


def _latest(groups: Sequence[sa.RowMapping]) -> datetime | None:
    return max((group["latest_end"] for group in groups if group["latest_end"] is not None), default=None)


def _columns(state: StoredState) -> dict[str, Any]:
    numbers = {name: getattr(state, name) for name in _NUMBERS}
    return {"status": state.status.value, "finished_at": state.finished_at, **numbers}


def _item_row(row: sa.RowMapping) -> ItemRow:
    return ItemRow(
        place=Place(row["job_id"], row["position"]),
        item_id=row["id"],
        s3_key=row["s3_key"],
        page=row["page"],
        status=ItemStatus(row["status"]),
        attempts=row["attempts"],
        attempts_limit=row["attempts_limit"],
        lease_until=row["lease_until"],
        error_code=row["error_code"],
        has_text=bool(row["has_text"]),
        engine=row["engine"],
        layout_key=row["layout_key"],
        finished_at=row["finished_at"],
        is_indexed=bool(row["is_indexed"]),
    )
