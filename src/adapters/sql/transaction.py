"""A decision about one job, under the lock of its row."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from adapters.sql.errors import RowConflict, StaleRow
from adapters.sql.rows import entry_row, item_changes, item_of, item_row, job_of, job_row, order_row, tombstone_row
from adapters.sql.tables import AUDIT_OUTBOX, ITEMS, JOBS, OUTBOX, TOMBSTONES
from ocrcore.domain.codes import ITEM_ERROR_SENTENCES
from ocrcore.domain.errors import JobNotFound
from ocrcore.domain.idempotency import IdempotencyKeyTaken
from ocrcore.domain.item import Item, Sweep
from ocrcore.domain.job import Job, Tombstone
from ocrcore.domain.lifecycle import ItemStatus
from ocrcore.ports.jobs import JobTransaction

# Built once: to build a statement costs more than to run it. What is set is what the parameters name.
_LOCK_JOB: Final = sa.select(JOBS).where(JOBS.c.id == sa.bindparam("job")).with_for_update()
_LOCK_ITEM: Final = (
    sa.select(ITEMS).where(ITEMS.c.id == sa.bindparam("item"), ITEMS.c.job_id == sa.bindparam("job")).with_for_update()
)
_TELL: Final = sa.insert(AUDIT_OUTBOX)
_SAVE_JOB: Final = sa.update(JOBS).where(JOBS.c.id == sa.bindparam("job"))
_SAVE_ITEM: Final = sa.update(ITEMS).where(
    ITEMS.c.id == sa.bindparam("item"),
    ITEMS.c.attempts == sa.bindparam("old_attempts"),
    ITEMS.c.status == sa.bindparam("old_status"),
)


class SqlTransaction(JobTransaction):
    """Locks the job's row when it is made; everything is written at once and committed by whoever made it."""

    def __init__(self, connection: sa.Connection, job_id: UUID, items: Sequence[UUID] = ()) -> None:
        self._connection = connection
        self._shown: dict[UUID, Item] = {}
        #: The announced items, until each is asked for or may have changed.
        self._ahead: dict[UUID, Item] = {}
        self._locked = self._written = self._lock_all(job_id, items) if items else self._lock(job_id)

    @property
    def job(self) -> Job:
        """The row, as locked."""
        return self._locked

    def item(self, item_id: UUID) -> Item | None:
        """Return an item of this job, or None; its row is locked too, against ``renew``."""
        if ahead := self._ahead.pop(item_id, None):
            self._shown[item_id] = ahead
            return ahead
        row = self._connection.execute(_LOCK_ITEM, {"item": item_id, "job": self._locked.id}).mappings().first()
        if row is None:
            return None
        item = self._shown[item_id] = item_of(row)
        return item

    def add(self, items: Sequence[Item]) -> None:
        """Write new items of this job."""
        if any(item.job_id != self._locked.id for item in items):
            msg = "an item of another job"
            raise RowConflict(msg)
        if items:
            self._connection.execute(sa.insert(ITEMS), [item_row(item) for item in items])

    def save(self, job: Job, *items: Item) -> Job:
        """Write the job, and items that :meth:`item` returned before; what did not change is not written."""
        if job.id != self._locked.id:
            msg = "another job than the one that is locked"
            raise RowConflict(msg)
        self._save_items(items)
        if changes := _changes(job_row(self._written), job_row(job)):
            self._save_job(job.id, changes)
        self._tell(job)
        self._written = job.without_events()
        return self._written

    def sweep(self, sweep: Sweep) -> Mapping[ItemStatus, int]:
        """Apply the sweep to every item in one of its sources; return how many each source had."""
        if sweep.queued_at is not None:
            self._order_all(sweep, sweep.queued_at)
        self._ahead.clear()
        changes = _swept(sweep)
        return {
            source: self._connection.execute(self._in_status(sa.update(ITEMS), source).values(changes)).rowcount
            for source in sorted(sweep.sources)
        }

    def enqueue(self, items: Sequence[Item], now: datetime) -> None:
        """Order a message for each of these items of the job: rows of the outbox."""
        if items:
            self._connection.execute(sa.insert(OUTBOX), [order_row(self._written, item, now) for item in items])

    def delete(self, job: Job, tombstone: Tombstone) -> None:
        """Remove the job, its items and the messages ordered for them; leave the tombstone."""
        job_id = self._locked.id
        if not tombstone.job_id == job.id == job_id:
            msg = "a tombstone for another job"
            raise RowConflict(msg)
        self._connection.execute(sa.delete(OUTBOX).where(OUTBOX.c.job_id == job_id))
        self._connection.execute(sa.delete(ITEMS).where(ITEMS.c.job_id == job_id))
        self._connection.execute(sa.delete(JOBS).where(JOBS.c.id == job_id))
        self._connection.execute(sa.insert(TOMBSTONES).values(tombstone_row(tombstone)))
        self._tell(job)

    def _lock(self, job_id: UUID) -> Job:
        row = self._connection.execute(_LOCK_JOB, {"job": job_id}).mappings().first()
        if row is None:
            raise JobNotFound
        return job_of(row)

    def _lock_all(self, job_id: UUID, items: Sequence[UUID]) -> Job:
        named = {f"item_{place}": item for place, item in enumerate(items)}
        rows = self._connection.execute(_lock_all(len(items)), {"job": job_id, **named}).all()
        if not rows:
            raise JobNotFound
        width = len(JOBS.c)
        shown = (dict(zip(ITEMS.c.keys(), row[width:], strict=True)) for row in rows)
        self._ahead = {item.id: item for item in (item_of(row) for row in shown if row["id"] is not None)}
        return job_of(dict(zip(JOBS.c.keys(), rows[0][:width], strict=True)))

    def _tell(self, job: Job) -> None:
        if job.events:
            self._connection.execute(_TELL, [entry_row(entry) for entry in job.events])

    def _save_job(self, job_id: UUID, changes: Mapping[str, Any]) -> None:
        try:
            self._connection.execute(_SAVE_JOB, {"job": job_id, **changes})
        except IntegrityError as error:
            if "idempotency_key" in changes:
                raise IdempotencyKeyTaken from error
            raise

    def _save_items(self, items: Sequence[Item]) -> None:
        """Write those that change the same columns with one statement."""
        alike: dict[tuple[str, ...], list[dict[str, Any]]] = {}
        for item in items:
            row = self._fenced_row(item)
            alike.setdefault(tuple(row), []).append(row)
        for rows in alike.values():
            if self._connection.execute(_SAVE_ITEM, rows).rowcount != len(rows):
                msg = "an item is not as it was read"
                raise StaleRow(msg)
        self._shown |= {item.id: item for item in items}

    def _fenced_row(self, item: Item) -> dict[str, Any]:
        shown = self._shown.get(item.id)
        if shown is None:
            msg = "an item that was not read in this transaction"
            raise RowConflict(msg)
        # The status is always set, for there must be something to set: the fence is asked even if nothing changed.
        changes = {"status": item.status.value, **_changes(item_changes(shown), item_changes(item))}
        return {"item": item.id, "old_attempts": shown.attempts, "old_status": shown.status.value, **changes}

    def _in_status(self, statement: sa.Update, status: ItemStatus) -> sa.Update:
        return statement.where(ITEMS.c.job_id == self._locked.id, ITEMS.c.status == status.value)

    def _order_all(self, sweep: Sweep, now: datetime) -> None:
        job = self._written
        columns = {
            "job_id": ITEMS.c.job_id,
            "item_id": ITEMS.c.id,
            "owner": sa.literal(job.owner, OUTBOX.c.owner.type),
            "s3_bucket": sa.literal(job.s3_bucket, OUTBOX.c.s3_bucket.type),
            "s3_key": ITEMS.c.s3_key,
            "created_at": sa.literal(now, OUTBOX.c.created_at.type),
            "trace": sa.literal(job.request_id, OUTBOX.c.trace.type),
        }
        swept = (
            sa.select(*columns.values())
            .where(ITEMS.c.job_id == job.id, ITEMS.c.status.in_([source.value for source in sweep.sources]))
            .order_by(ITEMS.c.position)
        )
        self._connection.execute(sa.insert(OUTBOX).from_select(list(columns), swept))


@cache
def _lock_all(items: int) -> sa.Select[Any]:
    """Return a query for a job and so many items.

    An outer join reads, and locks, the job's row first, and also if there is no such item. An IN that expands would be
    written anew each time.
    """
    named = [ITEMS.c.id == sa.bindparam(f"item_{place}") for place in range(items)]
    return (
        sa.select(JOBS, ITEMS)
        .outerjoin(ITEMS, sa.or_(*named) & (ITEMS.c.job_id == JOBS.c.id))
        .where(JOBS.c.id == sa.bindparam("job"))
        .with_for_update()
    )


def _changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in after.items() if before[name] != value}


def _swept(sweep: Sweep) -> dict[str, object]:
    """Return the columns that ``Item.swept`` sets."""
    code = sweep.error_code
    changes: dict[str, object] = {
        "status": sweep.target.value,
        "lease_until": None,
        "last_fault": None,
        "error_code": None if code is None else code.value,
        "error_msg": None if code is None else ITEM_ERROR_SENTENCES[code],
        "finished_at": sweep.finished_at,
    }
    if sweep.queued_at is not None:
        changes |= {"queued_at": sweep.queued_at, "requeues": 0}
    if sweep.allowance is not None:
        changes["attempts_limit"] = ITEMS.c.attempts + sweep.allowance
    return changes
