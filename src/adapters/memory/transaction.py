"""A transaction on one job, whose writes are buffered until the commit."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from adapters.memory.database import MemoryDatabase
from ocrcore.domain.api_key import ApiKey
from ocrcore.domain.correction import Correction, Rewrite
from ocrcore.domain.idempotency import IdempotencyKeyTaken
from ocrcore.domain.item import Item, Sweep
from ocrcore.domain.job import Job, Tombstone
from ocrcore.domain.lifecycle import ItemStatus
from ocrcore.domain.limits import Usage
from ocrcore.domain.search_page import SearchPage
from ocrcore.domain.task import Task
from ocrcore.ports.jobs import JobTransaction


class RowConflict(RuntimeError):
    """A write that contradicts the rows: a bug of the program, never an error of the caller."""


class MemoryTransaction(JobTransaction):
    """Buffers the writes. :meth:`commit` applies them to the tables."""

    def __init__(self, database: MemoryDatabase, job: Job) -> None:
        self._database = database
        self._locked = job
        self._job = job
        self._read: dict[UUID, Item] = {}
        self._changed: dict[UUID, Item] = {}
        #: The instants of the items' events.
        self._instants: dict[UUID, datetime] = {}
        self._tasks: list[tuple[Task, str | None]] = []
        self._pages: list[SearchPage] = []
        self._replaced: list[SearchPage] = []
        self._corrections: dict[UUID, tuple[Correction, ...]] = {}
        self._tombstone: Tombstone | None = None
        self._new_events = list(job.events)
        self._notices = list(job.notices)

    @property
    def job(self) -> Job:
        """The job, as it was when it was locked."""
        return self._locked

    def item(self, item_id: UUID) -> Item | None:
        """Return an item of this job, or None."""
        item = self._changed.get(item_id) or self._database.items.get(item_id)
        if item is None or item.job_id != self._locked.id:
            return None
        self._read[item_id] = item
        return item

    def add(self, items: Sequence[Item]) -> None:
        """Write new items of this job."""
        taken = {item.position for item in self._items()}
        for item in items:
            known = item.id in self._changed or item.id in self._database.items
            _demand(not known and item.job_id == self._locked.id and item.position not in taken)
            taken.add(item.position)
            self._changed[item.id] = item
            if item.finished_at is not None:
                self._instants[item.id] = item.finished_at

    def save(self, job: Job, *items: Item) -> Job:
        """Write the job, and items that :meth:`item` returned before, and return the job as stored."""
        _demand(job.id == self._locked.id)
        for item in items:
            read = self._read.get(item.id)
            _demand(read is not None and self._fence(item.id) == (read.attempts, read.status))
            self._changed[item.id] = self._read[item.id] = item
            if job.last_event_at is not None and job.last_event_at != self._job.last_event_at:
                self._instants[item.id] = job.last_event_at
        if job.idempotency != self._locked.idempotency and is_key_taken(self._database, job):
            raise IdempotencyKeyTaken
        self._new_events += job.events
        self._notices += job.notices
        self._job = job.without_events()
        return self._job

    def sweep(self, sweep: Sweep) -> Mapping[ItemStatus, int]:
        """Apply the sweep to every item in one of its sources, and return the number of items per source."""
        swept = [item for item in self._items() if item.status in sweep.sources]
        for item in swept:
            self._changed[item.id] = item.swept(sweep)
            self._instants[item.id] = self._job.next_event_at(sweep.now)
        if sweep.queued_at is not None:
            self.enqueue(swept, sweep.queued_at)
        return Counter(item.status for item in swept)

    def enqueue(self, items: Sequence[Item], now: datetime) -> None:
        """Write an outbox row for each of these items of the job."""
        job = self._job
        self._tasks += [(Task(job.id, item.id, job.s3_bucket, item.s3_key, now), job.request_id) for item in items]

    def index(self, pages: Sequence[SearchPage]) -> None:
        """Add pages of this job to the search index."""
        _demand(all(page.job_id == self._locked.id for page in pages))
        self._pages += pages

    def reindex(self, page: SearchPage) -> None:
        """Replace the terms of a page of this job in the search index."""
        _demand(page.job_id == self._locked.id)
        self._replaced.append(page)

    def corrections(self, item_id: UUID) -> Sequence[Correction]:
        """Return the corrections of an item of this job."""
        item = self._changed.get(item_id) or self._database.items.get(item_id)
        if item is None or item.job_id != self._locked.id:
            return ()
        return in_order(self._corrections.get(item_id, self._database.corrections.get(item_id, ())))

    def correct(self, item_id: UUID, change: Rewrite) -> None:
        """Drop and write corrections of an item that :meth:`item` returned before."""
        _demand(item_id in self._read)
        left = [one for one in self.corrections(item_id) if one.place not in change.dropped]
        _demand({one.place for one in left}.isdisjoint(one.place for one in change.written))
        self._corrections[item_id] = (*left, *change.written)

    def api_key(self, key_id: str) -> ApiKey | None:
        """Return an API key, which changes only after this transaction: there is one writer at a time."""
        return self._database.api_keys.get(key_id)

    def usage(self) -> Usage:
        """Return what the owner's other jobs and drafts have."""
        return usage_of(self._database, self._locked.owner, but=self._locked.id)

    def delete(self, job: Job, tombstone: Tombstone) -> None:
        """Remove the job, its items and its outbox rows, and leave the tombstone."""
        _demand(tombstone.job_id == job.id == self._locked.id)
        self._new_events += job.events
        self._notices += job.notices
        self._tombstone = tombstone

    def commit(self) -> None:
        """Apply all writes, or none."""
        database = self._database
        with database.reading:
            _demand(database.jobs.get(self._locked.id) is self._locked)
            database.put_news(self._new_events)
            database.put_deliveries(self._locked.owner, self._notices)
            if self._tombstone is not None:
                database.bury(self._tombstone)
                return
            database.jobs[self._locked.id] = self._job
            database.put_items(self._locked.id, self._changed.values())
            database.changed |= self._instants
            database.put_pages(self._pages)
            for page in self._replaced:
                database.replace_page(page)
            database.put_corrections(self._corrections)
            for task, request_id in self._tasks:
                database.put_order(task, self._locked.owner, request_id)

    def _items(self) -> list[Item]:
        items = {item.id: item for item in self._database.items_of(self._locked.id)} | self._changed
        return sorted(items.values(), key=lambda item: item.position)

    def _fence(self, item_id: UUID) -> tuple[int, ItemStatus]:
        item = self._changed.get(item_id) or self._database.items[item_id]
        return item.attempts, item.status


def in_order(corrections: Sequence[Correction]) -> Sequence[Correction]:
    """Return corrections by line, then word; those of the whole line first."""
    return sorted(corrections, key=lambda one: (one.place.line, -1 if one.place.word is None else one.place.word))


def is_key_taken(database: MemoryDatabase, job: Job) -> bool:
    """Return whether another job of the owner has the job's idempotency key, or the tombstone of one."""
    if job.idempotency is None:
        return False
    others: list[Job | Tombstone] = [other for other in database.jobs.values() if other.id != job.id]
    others += database.tombstones.values()
    return any(other.owner == job.owner and has_key(other, job.idempotency.value) for other in others)


def usage_of(database: MemoryDatabase, owner: str, *, but: UUID | None = None) -> Usage:
    """Return what an owner's jobs and drafts have, except one of them."""
    jobs = [job for job in database.jobs.values() if job.owner == owner and job.id != but]
    return Usage(
        open_items=sum(job.counts.pending + job.counts.processing for job in jobs),
        stored_bytes=sum(job.stored_bytes or 0 for job in jobs),
    )


def has_key(row: Job | Tombstone, key: str) -> bool:
    """Return whether the job was submitted with this idempotency key."""
    return row.idempotency is not None and row.idempotency.value == key


def _demand(condition: bool) -> None:  # noqa: FBT001 - reads like an assertion
    if not condition:
        msg = "the write does not fit the rows"
        raise RowConflict(msg)
