"""What has changed, in a relational database."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

from adapters.sql.database import Database
from adapters.sql.rows import item_of, job_of
from adapters.sql.tables import ITEMS, JOBS, TOMBSTONES
from ocrcore.domain.job import Job
from ocrcore.ports.changes import Change, ChangeCursor, ChangedItem, Changes

_OWNERS: Final[sa.BindParameter[Any]] = sa.bindparam("owners", expanding=True)
_MOST: Final = sa.bindparam("most", type_=sa.Integer)
_JOBS: Final = sa.select(JOBS).where(
    JOBS.c.id.in_(sa.bindparam("jobs", expanding=True)), JOBS.c.owner.in_(_OWNERS), JOBS.c.submitted_at.is_not(None)
)
_TEXTS: Final = ("corrected_text", "ocr_text")
#: Without the texts, which are long, and no part of an event.
_ITEM: Final = (
    *(column for column in ITEMS.c if column.name not in _TEXTS),
    *(sa.null().label(name) for name in _TEXTS),
)


class SqlChanges(Changes):
    """The changes of a :class:`Database`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def since(self, owners: Sequence[str], since: datetime, after: ChangeCursor | None, limit: int) -> Sequence[Change]:
        """Return changes of these owners' jobs, in order, from two indexes."""
        if not owners:
            return []
        start = since if after is None else max(since, after.at)
        asked: dict[str, Any] = {"owners": list(owners), "since": start, "most": limit}
        if after is not None:
            asked |= {"after": after.at, "after_id": after.id}
        with self._database.reading() as connection:
            rows = connection.execute(_FIRST if after is None else _NEXT, asked).all()
        return [Change(at, job_id, owner, is_gone=bool(is_gone)) for at, job_id, owner, is_gone in rows]

    def jobs(self, owners: Sequence[str], job_ids: Sequence[UUID]) -> Sequence[Job]:
        """Return those of these jobs that are there."""
        if not owners or not job_ids:
            return []
        with self._database.reading() as connection:
            rows = connection.execute(_JOBS, {"owners": list(owners), "jobs": list(job_ids)}).mappings()
            return [job_of(row) for row in rows]

    def items(self, since: Mapping[UUID, datetime], after: ChangeCursor | None, limit: int) -> Sequence[ChangedItem]:
        """Return items that had an event, in order."""
        if not since:
            return []
        at = ITEMS.c.changed_at
        beyond = [sa.and_(ITEMS.c.job_id == job_id, at > earliest) for job_id, earliest in since.items()]
        wanted = sa.select(*_ITEM).where(sa.or_(*beyond)).order_by(at, ITEMS.c.id).limit(limit)
        if after is not None:
            wanted = wanted.where(at >= after.at, sa.or_(at > after.at, ITEMS.c.id > after.id))
        with self._database.reading() as connection:
            rows = connection.execute(wanted).mappings()
            return [ChangedItem(row["changed_at"], item_of(row)) for row in rows]


def _changes(*, first: bool) -> sa.Select[Any]:
    """Return the query for a page of changes: the first so many of each table, and the first of these."""
    jobs = _of_table(JOBS.c.last_event_at, JOBS.c.id, JOBS.c.owner, 0, first=first).where(
        JOBS.c.submitted_at.is_not(None)
    )
    stones = _of_table(TOMBSTONES.c.deleted_at, TOMBSTONES.c.job_id, TOMBSTONES.c.owner, 1, first=first)
    both = sa.union_all(*(sa.select(one.limit(_MOST).subquery()) for one in (jobs, stones))).subquery()
    return sa.select(both).order_by(both.c.at, both.c.job_id).limit(_MOST)


def _of_table(
    at: sa.Column[Any], job_id: sa.Column[Any], owner: sa.Column[Any], is_gone: int, *, first: bool
) -> sa.Select[Any]:
    columns: tuple[sa.ColumnElement[Any], ...] = (
        at.label("at"),
        job_id.label("job_id"),
        owner.label("owner"),
        sa.literal_column(str(is_gone)).label("is_gone"),
    )
    wanted = sa.select(*columns).where(owner.in_(_OWNERS), at >= sa.bindparam("since", type_=at.type))
    if not first:
        latest, last_id = sa.bindparam("after", type_=at.type), sa.bindparam("after_id", type_=job_id.type)
        wanted = wanted.where(sa.or_(at > latest, job_id > last_id))
    return wanted.order_by(at, job_id)


_FIRST: Final = _changes(first=True)
_NEXT: Final = _changes(first=False)
