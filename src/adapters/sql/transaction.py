"""A transaction on one job: the writes of a decision, under the lock of the job's row.

**Locks.** A transaction begins with a lock on the job's row (``SELECT ... FOR UPDATE``), so decisions about one job run
one after the other, in all threads and processes. The rows of its items are locked as they are read, because
``Jobs.renew`` extends leases without the lock of the job. Announced items are read and locked together with the job,
which saves round trips. The order is always the job first, then its items. A database without row locks allows one
writing transaction at a time.

**Fences.** An item is updated on the condition that its attempt and status are still those that this transaction read.
An update of fewer rows than expected raises ``StaleRow``. Everything is rolled back then, and
:meth:`adapters.sql.database.Database.write` runs the decision once more.

**Writes.** Each method writes when it is called, and the caller commits everything together after the decision.
``save`` writes the fenced items, then the changed columns of the job, then the job's new events to the audit outbox.
Its notices become rows of the outbox of webhooks, one for each webhook of the owner.
``enqueue``, and a sweep that requeues, write outbox rows. ``delete`` removes the job, its items and its outbox rows,
writes the tombstone, and leaves the audit outbox in place. A change, its messages and its audit entries are therefore
committed together or not at all, and messages are sent from the outbox afterwards.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from adapters.sql.errors import RowConflict, StaleRow
from adapters.sql.key_rows import locked_key
from adapters.sql.rows import (
    Columns,
    correction_of,
    correction_row,
    entry_row,
    item_changes,
    item_of,
    item_row,
    job_of,
    job_row,
    order_row,
    place_row,
    tombstone_row,
)
from adapters.sql.search_pages import add_pages, replace_page
from adapters.sql.tables import (
    AUDIT_OUTBOX,
    CORRECTIONS,
    DELIVERIES,
    ITEMS,
    JOBS,
    OUTBOX,
    TOMBSTONES,
    WEBHOOKS,
)
from adapters.sql.tombstones import with_key
from adapters.sql.usage import usage_of
from adapters.sql.webhook_rows import delivery_row, webhook_of
from ocrcore.domain.api_key import ApiKey
from ocrcore.domain.codes import ITEM_ERROR_SENTENCES
from ocrcore.domain.correction import Correction, Rewrite
from ocrcore.domain.errors import JobNotFound
from ocrcore.domain.idempotency import IdempotencyKeyTaken
from ocrcore.domain.item import Item, Sweep
from ocrcore.domain.job import Job, Tombstone
from ocrcore.domain.lifecycle import ItemStatus
from ocrcore.domain.limits import Usage
from ocrcore.domain.search_page import SearchPage
from ocrcore.domain.webhook import deliveries_of
from ocrcore.ports.jobs import JobTransaction

# Built once, because building a statement costs more than running it. The parameters name the columns to set.
#: Whether the owner has webhooks is read together with the job, so that its changes cost nobody else a statement.
_HOOKED: Final = sa.exists().where(WEBHOOKS.c.owner == JOBS.c.owner).label("is_hooked")
_LOCK_JOB: Final = sa.select(JOBS, _HOOKED).where(JOBS.c.id == sa.bindparam("job")).with_for_update()
_WEBHOOKS: Final = sa.select(WEBHOOKS).where(WEBHOOKS.c.owner == sa.bindparam("of_owner"))
_ADD_DELIVERIES: Final = sa.insert(DELIVERIES)
_LOCK_ITEM: Final = (
    sa.select(ITEMS).where(ITEMS.c.id == sa.bindparam("item"), ITEMS.c.job_id == sa.bindparam("job")).with_for_update()
)
_ADD_EVENTS: Final = sa.insert(AUDIT_OUTBOX)
_SAVE_JOB: Final = sa.update(JOBS).where(JOBS.c.id == sa.bindparam("job"))
_SAVE_ITEM: Final = sa.update(ITEMS).where(
    ITEMS.c.id == sa.bindparam("item"),
    ITEMS.c.attempts == sa.bindparam("old_attempts"),
    ITEMS.c.status == sa.bindparam("old_status"),
)


_CORRECTIONS: Final = (
    sa.select(CORRECTIONS)
    .join(ITEMS, ITEMS.c.id == CORRECTIONS.c.item_id)
    .where(CORRECTIONS.c.item_id == sa.bindparam("item"), ITEMS.c.job_id == sa.bindparam("job"))
    .order_by(CORRECTIONS.c.line, CORRECTIONS.c.word)
)
_DROP_CORRECTION: Final = sa.delete(CORRECTIONS).where(
    *(CORRECTIONS.c[name] == sa.bindparam(f"old_{name}") for name in ("item_id", "line", "word"))
)


class SqlTransaction(JobTransaction):
    """Locks the job's row on creation. The creator commits."""

    def __init__(self, connection: sa.Connection, job_id: UUID, items: Sequence[UUID] = ()) -> None:
        self._connection = connection
        self._read: dict[UUID, Item] = {}
        #: Announced items, until each is requested or may have changed.
        self._prefetched: dict[UUID, Item] = {}
        row = self._lock_all(job_id, items) if items else self._lock(job_id)
        self._locked = self._written = job_of(row)
        #: The columns that a job sets, as they are in the database.
        self._columns = {**job_row(self._locked), "keep_until": row["keep_until"]}
        self._is_hooked = bool(row["is_hooked"])

    @property
    def job(self) -> Job:
        """The job, as it was when it was locked."""
        return self._locked

    def item(self, item_id: UUID) -> Item | None:
        """Return an item of this job, or None. Its row is locked too, against ``renew``."""
        if prefetched := self._prefetched.pop(item_id, None):
            self._read[item_id] = prefetched
            return prefetched
        row = self._connection.execute(_LOCK_ITEM, {"item": item_id, "job": self._locked.id}).mappings().first()
        if row is None:
            return None
        item = self._read[item_id] = item_of(row)
        return item

    def add(self, items: Sequence[Item]) -> None:
        """Write new items of this job."""
        if any(item.job_id != self._locked.id for item in items):
            msg = "an item of another job"
            raise RowConflict(msg)
        if items:
            owner = self._locked.owner
            self._connection.execute(sa.insert(ITEMS), [{**item_row(item), "owner": owner} for item in items])

    def save(self, job: Job, *items: Item) -> Job:
        """Write the job, and items that :meth:`item` returned before. Unchanged columns are not written."""
        if job.id != self._locked.id:
            msg = "another job than the one that is locked"
            raise RowConflict(msg)
        self._save_items(items, None if job.last_event_at == self._written.last_event_at else job.last_event_at)
        columns = job_row(job)
        if changes := _changes(self._columns, columns):
            self._save_job(job.id, changes)
            if "idempotency_key" in changes:
                require_key_not_buried(self._connection, job)
        self._columns = columns
        self._add_events(job)
        self._add_deliveries(job)
        self._written = job.without_events()
        return self._written

    def sweep(self, sweep: Sweep) -> Mapping[ItemStatus, int]:
        """Apply the sweep to every item in one of its sources, and return the number of items per source."""
        if sweep.queued_at is not None:
            self._enqueue_all(sweep, sweep.queued_at)
        self._prefetched.clear()
        changes = _swept(sweep) | {"changed_at": self._written.next_event_at(sweep.now)}
        return {
            source: self._connection.execute(self._in_status(sa.update(ITEMS), source).values(changes)).rowcount
            for source in sorted(sweep.sources)
        }

    def enqueue(self, items: Sequence[Item], now: datetime) -> None:
        """Write an outbox row for each of these items of the job."""
        if items:
            self._connection.execute(sa.insert(OUTBOX), [order_row(self._written, item, now) for item in items])

    def index(self, pages: Sequence[SearchPage]) -> None:
        """Add pages of this job to the search index."""
        if any(page.job_id != self._locked.id for page in pages):
            msg = "a page of another job"
            raise RowConflict(msg)
        add_pages(self._connection, pages)

    def reindex(self, page: SearchPage) -> None:
        """Replace the terms of a page of this job in the search index."""
        if page.job_id != self._locked.id:
            msg = "a page of another job"
            raise RowConflict(msg)
        replace_page(self._connection, page)

    def corrections(self, item_id: UUID) -> Sequence[Correction]:
        """Return the corrections of an item of this job."""
        rows = self._connection.execute(_CORRECTIONS, {"item": item_id, "job": self._locked.id}).mappings()
        return [correction_of(row) for row in rows]

    def correct(self, item_id: UUID, change: Rewrite) -> None:
        """Drop and write corrections of an item that :meth:`item` returned before."""
        if item_id not in self._read:
            msg = "corrections of an item that was not read in this transaction"
            raise RowConflict(msg)
        if change.dropped:
            keys = [place_row(item_id, place) for place in change.dropped]
            self._connection.execute(_DROP_CORRECTION, [{f"old_{name}": key[name] for name in key} for key in keys])
        if change.written:
            rows = [correction_row(item_id, correction) for correction in change.written]
            self._connection.execute(sa.insert(CORRECTIONS), rows)

    def api_key(self, key_id: str) -> ApiKey | None:
        """Return an API key, or None. Its row is locked, so it is not revoked before the commit."""
        return locked_key(self._connection, key_id)

    def usage(self) -> Usage:
        """Return what the owner's other jobs and drafts have. No row is locked."""
        return usage_of(self._connection, self._locked.owner, but=self._locked.id)

    def delete(self, job: Job, tombstone: Tombstone) -> None:
        """Remove the job, its items and its outbox rows, and leave the tombstone."""
        job_id = self._locked.id
        if not tombstone.job_id == job.id == job_id:
            msg = "a tombstone for another job"
            raise RowConflict(msg)
        self._connection.execute(sa.delete(OUTBOX).where(OUTBOX.c.job_id == job_id))
        self._connection.execute(sa.delete(ITEMS).where(ITEMS.c.job_id == job_id))
        self._connection.execute(sa.delete(JOBS).where(JOBS.c.id == job_id))
        self._connection.execute(sa.insert(TOMBSTONES).values(tombstone_row(tombstone)))
        self._add_events(job)
        self._add_deliveries(job)

    def _lock(self, job_id: UUID) -> Columns:
        row = self._connection.execute(_LOCK_JOB, {"job": job_id}).mappings().first()
        if row is None:
            raise JobNotFound
        return row

    def _lock_all(self, job_id: UUID, items: Sequence[UUID]) -> Columns:
        named = {f"item_{place}": item for place, item in enumerate(items)}
        rows = self._connection.execute(_lock_all(len(items)), {"job": job_id, **named}).all()
        if not rows:
            raise JobNotFound
        names = (*JOBS.c.keys(), _HOOKED.name)
        width = len(names)
        item_rows = (dict(zip(ITEMS.c.keys(), row[width:], strict=True)) for row in rows)
        self._prefetched = {item.id: item for item in (item_of(row) for row in item_rows if row["id"] is not None)}
        return dict(zip(names, rows[0][:width], strict=True))

    def _add_events(self, job: Job) -> None:
        if job.events:
            self._connection.execute(_ADD_EVENTS, [entry_row(entry) for entry in job.events])

    def _add_deliveries(self, job: Job) -> None:
        if not job.notices or not self._is_hooked:
            return
        hooked = self._connection.execute(_WEBHOOKS, {"of_owner": self._locked.owner}).mappings()
        if rows := [delivery_row(each) for each in deliveries_of(job.notices, [webhook_of(row) for row in hooked])]:
            self._connection.execute(_ADD_DELIVERIES, rows)

    def _save_job(self, job_id: UUID, changes: Mapping[str, Any]) -> None:
        try:
            self._connection.execute(_SAVE_JOB, {"job": job_id, **changes})
        except IntegrityError as error:
            if "idempotency_key" in changes:
                raise IdempotencyKeyTaken from error
            raise

    def _save_items(self, items: Sequence[Item], event_at: datetime | None) -> None:
        """Write the items, with one statement for all that change the same columns."""
        alike: dict[tuple[str, ...], list[dict[str, Any]]] = {}
        for item in items:
            row = self._fenced_row(item) | ({} if event_at is None else {"changed_at": event_at})
            alike.setdefault(tuple(row), []).append(row)
        for rows in alike.values():
            if self._connection.execute(_SAVE_ITEM, rows).rowcount != len(rows):
                msg = "an item is not as it was read"
                raise StaleRow(msg)
        self._read |= {item.id: item for item in items}

    def _fenced_row(self, item: Item) -> dict[str, Any]:
        read = self._read.get(item.id)
        if read is None:
            msg = "an item that was not read in this transaction"
            raise RowConflict(msg)
        # The status is always set, so that the fence is checked even if nothing changed; and the owner, which items of
        # release 0.1 lack.
        always = {"status": item.status.value, "owner": self._locked.owner}
        changes = {**always, **_changes(item_changes(read), item_changes(item))}
        return {"item": item.id, "old_attempts": read.attempts, "old_status": read.status.value, **changes}

    def _in_status(self, statement: sa.Update, status: ItemStatus) -> sa.Update:
        return statement.where(ITEMS.c.job_id == self._locked.id, ITEMS.c.status == status.value)

    def _enqueue_all(self, sweep: Sweep, now: datetime) -> None:
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


def require_key_not_buried(connection: sa.Connection, job: Job) -> None:
    """Raise ``IdempotencyKeyTaken`` if the tombstone of another job of the owner has the job's key.

    Asked after the job's own row has the key: whoever deletes the other job at the same time holds the place in the
    unique index until its tombstone is committed, so one of the two is seen.
    """
    if job.idempotency is None:
        return
    if connection.execute(with_key(job.owner, job.idempotency.value).limit(1)).first() is not None:
        raise IdempotencyKeyTaken


@cache
def _lock_all(items: int) -> sa.Select[Any]:
    """Return a query that reads and locks a job and this number of items.

    An outer join reads and locks the job's row first, and also if no such item exists. An expanding IN would be
    compiled anew each time.
    """
    named = [ITEMS.c.id == sa.bindparam(f"item_{place}") for place in range(items)]
    return (
        sa.select(JOBS, _HOOKED, ITEMS)
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
