"""The ledger of the state of record in memory."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from uuid import UUID

from adapters.memory.database import MemoryDatabase
from ocrcore.domain.account import Account, Standing
from ocrcore.domain.codes import ItemErrorCode
from ocrcore.domain.errors import JobNotFound
from ocrcore.domain.item import Item
from ocrcore.domain.job import Job
from ocrcore.domain.lifecycle import Counts, ItemStatus
from ocrcore.ports.ledger import Entry, Ledger, Place


class MemoryLedger(Ledger):
    """The ledger of a :class:`MemoryDatabase`, whose jobs hold counts that add up, and no status of their own."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    def accounts(self, after: UUID, limit: int) -> Sequence[Account]:
        """Return jobs with ids above ``after``, by id."""
        with self._database.reading:
            jobs = sorted((job for job in self._database.jobs.values() if job.id > after), key=lambda job: job.id)
            return [self._account(job) for job in jobs[:limit]]

    def entries(self, after: Place, limit: int) -> Sequence[Entry]:
        """Return items beyond the place, by job and position."""
        with self._database.reading:
            items = list(self._database.items.values())
        beyond = [item for item in items if _order(item) > (after.job_id, after.position)]
        return [_entry(item) for item in sorted(beyond, key=_order)[:limit]]

    def balance(self, job_id: UUID, decide: Callable[[Account], Standing | None]) -> Account:
        """Count the job's items while nobody writes, and write what is decided."""
        with self._database.writing:
            job = self._database.jobs.get(job_id)
            if job is None:
                raise JobNotFound
            account = self._account(job)
            standing = decide(account)
            if standing is not None:
                with self._database.reading:
                    self._database.jobs[job_id] = _balanced(job, standing)
            return account

    def _account(self, job: Job) -> Account:
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
        return Account(job.id, job.submitted_at, _said(job), counted, max(ends, default=None))


def _said(job: Job) -> Standing:
    counts = job.counts
    return Standing(
        job.status,
        counts.total,
        counts.pending,
        counts.processing,
        counts.done,
        counts.error,
        counts.expired,
        job.finished_at,
    )


def _balanced(job: Job, standing: Standing) -> Job:
    counts = Counts(
        standing.total, standing.pending, standing.processing, standing.done, standing.error, standing.expired
    )
    return replace(job, counts=counts, finished_at=standing.finished_at)


def _order(item: Item) -> tuple[UUID, int]:
    return item.job_id, item.position


def _entry(item: Item) -> Entry:
    return Entry(
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
    )
