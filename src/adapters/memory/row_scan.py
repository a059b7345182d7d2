"""The row scan of the state of record in memory."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from uuid import UUID

from adapters.memory.database import MemoryDatabase
from ocrcore.domain.codes import ItemErrorCode
from ocrcore.domain.errors import JobNotFound
from ocrcore.domain.item import Item
from ocrcore.domain.item_row import ItemRow, Place
from ocrcore.domain.job import Job
from ocrcore.domain.job_row import JobRow, StoredState
from ocrcore.domain.lifecycle import Counts, ItemStatus
from ocrcore.ports.row_scan import RowScan


class MemoryRowScan(RowScan):
    """The row scan of a :class:`MemoryDatabase`.

    Its jobs always have consistent counts, and their status is derived from them rather than stored.
    """

    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    def jobs(self, after: UUID, limit: int) -> Sequence[JobRow]:
        """Return jobs with ids above ``after``, by id."""
        with self._database.reading:
            jobs = sorted((job for job in self._database.jobs.values() if job.id > after), key=lambda job: job.id)
            return [self._row(job) for job in jobs[:limit]]

    def items(self, after: Place, limit: int) -> Sequence[ItemRow]:
        """Return items after the place, by job and position."""
        with self._database.reading:
            items = list(self._database.items.values())
        beyond = [item for item in items if _order(item) > (after.job_id, after.position)]
        return [_item_row(item) for item in sorted(beyond, key=_order)[:limit]]

    def correct(self, job_id: UUID, decide: Callable[[JobRow], StoredState | None]) -> JobRow:
        """Exclude other writers, count the job's items, and write the state that ``decide`` returns."""
        with self._database.writing:
            job = self._database.jobs.get(job_id)
            if job is None:
                raise JobNotFound
            row = self._row(job)
            state = decide(row)
            if state is not None:
                with self._database.reading:
                    self._database.jobs[job_id] = _corrected(job, state)
            return row

    def _row(self, job: Job) -> JobRow:
        items = self._database.items_of(job.id)
        numbers = Counter(item.status for item in items)
        counted = Counts(
            total=len(items),
            pending=numbers[ItemStatus.PENDING],
            processing=numbers[ItemStatus.PROCESSING],
            done=numbers[ItemStatus.DONE],
            error=numbers[ItemStatus.ERROR],
            expired=sum(item.error_code is ItemErrorCode.EXPIRED for item in items),
        )
        ends = (item.finished_at for item in items if item.finished_at is not None)
        latest = max(ends, default=None)
        return JobRow(job.id, job.submitted_at, _stored(job), counted, latest, job.uploads is not None, job.owner)


def _stored(job: Job) -> StoredState:
    counts = job.counts
    return StoredState(
        job.status,
        counts.total,
        counts.pending,
        counts.processing,
        counts.done,
        counts.error,
        counts.expired,
        job.finished_at,
    )


def _corrected(job: Job, state: StoredState) -> Job:
    counts = Counts(state.total, state.pending, state.processing, state.done, state.error, state.expired)
    return replace(job, counts=counts, finished_at=state.finished_at)


def _order(item: Item) -> tuple[UUID, int]:
    return item.job_id, item.position


def _item_row(item: Item) -> ItemRow:
    return ItemRow(
        place=Place(item.job_id, item.position),
        item_id=item.id,
        s3_key=item.s3_key,
        page=item.page,
        status=item.status,
        attempts=item.attempts,
        attempts_limit=item.attempts_limit,
        lease_until=item.lease_until,
        error_code=item.error_code,
        has_text=item.ocr_text is not None,
        engine=item.engine,
        layout_key=item.layout_key,
        finished_at=item.finished_at,
        is_indexed=item.is_indexed,
    )
