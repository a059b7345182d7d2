"""Planted bugs below the repository port, under the contract suites; every class here must fail.

Not collected by itself: `test_planted_adapters.py` runs it and reads what failed.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeVar
from uuid import UUID

import pytest

from adapters.memory.audit_outbox import MemoryAuditOutbox
from adapters.memory.backlog import MemoryBacklog
from adapters.memory.database import MemoryDatabase
from adapters.memory.jobs import MemoryJobs
from adapters.memory.outbox import MemoryOutbox
from adapters.memory.tombstones import MemoryTombstones
from adapters.memory.transaction import MemoryTransaction
from ocrcore.domain.errors import JobNotFound
from ocrcore.domain.item import Item, Sweep
from ocrcore.domain.job import Job, Tombstone
from ocrcore.domain.lifecycle import Counts, ItemStatus
from ocrcore.ports.jobs import JobTransaction
from ocrcore.testing.builders import StateOfRecord
from ocrcore.testing.jobs import JobsContract

T = TypeVar("T")


def record_with(jobs: type[MemoryJobs], database: MemoryDatabase | None = None) -> StateOfRecord:
    database = database or MemoryDatabase()
    return StateOfRecord(
        jobs(database),
        MemoryBacklog(database),
        MemoryOutbox(database),
        MemoryTombstones(database),
        MemoryAuditOutbox(database),
    )


class _Jobs(MemoryJobs):
    """Jobs with a transaction of another kind."""

    kind: type[MemoryTransaction]

    def transact(self, job_id: UUID, decide: Callable[[JobTransaction], T], *, item_id: UUID | None = None) -> T:  # noqa: ARG002 - nothing is far away here
        with self._database.writing:
            job = self._database.jobs.get(job_id)
            if job is None:
                raise JobNotFound
            transaction = self.kind(self._database, job)
            answer = decide(transaction)
            transaction.commit()
            return answer


class _LateJobTransaction(MemoryTransaction):
    late: Job | None = None

    def save(self, job: Job, *items: Item) -> Job:
        saved = super().save(job, *items)
        self.late = saved
        self._job = self._locked
        return saved


class TwoTransactionsJobs(MemoryJobs):
    """Items in one transaction, the job in the next."""

    def transact(self, job_id: UUID, decide: Callable[[JobTransaction], T], *, item_id: UUID | None = None) -> T:  # noqa: ARG002 - nothing is far away here
        with self._database.writing:
            job = self._database.jobs.get(job_id)
            if job is None:
                raise JobNotFound
            transaction = _LateJobTransaction(self._database, job)
            answer = decide(transaction)
            transaction.commit()
        time.sleep(0.001)
        if transaction.late is not None:
            with self._database.exclusive():
                self._database.jobs[job_id] = transaction.late
        return answer


class _BlindTransaction(MemoryTransaction):
    """Adds what changed to the counters, without asking whether it was added before."""

    def save(self, job: Job, *items: Item) -> Job:
        before, after, stored = self._locked.counts, job.counts, self._job.counts
        names = ("total", "pending", "processing", "done", "error", "expired")
        numbers = {name: getattr(stored, name) + getattr(after, name) - getattr(before, name) for name in names}
        return super().save(replace(job, counts=Counts(**numbers)), *items)


class BlindCounterJobs(_Jobs):
    kind = _BlindTransaction


class _RuthlessTransaction(MemoryTransaction):
    """Sweeps every item, whatever it is."""

    def sweep(self, sweep: Sweep) -> Mapping[ItemStatus, int]:
        counted = super().sweep(sweep)
        for item in self._items():
            self._changed[item.id] = replace(
                item, status=sweep.target, error_code=sweep.error_code, finished_at=sweep.finished_at
            )
        return counted


class RuthlessSweeperJobs(_Jobs):
    kind = _RuthlessTransaction


class HalfDoneJobs(MemoryJobs):
    """What was written before an error stays, as after a lock wait that only undid its own statement."""

    def transact(self, job_id: UUID, decide: Callable[[JobTransaction], T], *, item_id: UUID | None = None) -> T:  # noqa: ARG002 - nothing is far away here
        with self._database.writing:
            job = self._database.jobs.get(job_id)
            if job is None:
                raise JobNotFound
            transaction = MemoryTransaction(self._database, job)
            try:
                return decide(transaction)
            finally:
                transaction.commit()


class _RoundingTransaction(MemoryTransaction):
    def save(self, job: Job, *items: Item) -> Job:
        return super().save(
            replace(job, sqs_retention_deadline=job.sqs_retention_deadline.replace(microsecond=0)), *items
        )


class RoundedDeadlineJobs(_Jobs):
    kind = _RoundingTransaction


class HoardingDatabase(MemoryDatabase):
    """Forgets a job and keeps its messages."""

    def bury(self, tombstone: Tombstone) -> None:
        orders = self.orders
        super().bury(tombstone)
        self.orders = orders


class TestTwoTransactionFinalise(JobsContract):
    @pytest.fixture
    def record(self) -> StateOfRecord:
        return record_with(TwoTransactionsJobs)


class TestBlindCounter(JobsContract):
    @pytest.fixture
    def record(self) -> StateOfRecord:
        return record_with(BlindCounterJobs)


class TestSweeperWithoutCompareAndSet(JobsContract):
    @pytest.fixture
    def record(self) -> StateOfRecord:
        return record_with(RuthlessSweeperJobs)


class TestLockWaitWithoutRollback(JobsContract):
    @pytest.fixture
    def record(self) -> StateOfRecord:
        return record_with(HalfDoneJobs)


class TestRoundedDeadline(JobsContract):
    @pytest.fixture
    def record(self) -> StateOfRecord:
        return record_with(RoundedDeadlineJobs)


class TestDeleteLeavesOutbox(JobsContract):
    @pytest.fixture
    def record(self) -> StateOfRecord:
        return record_with(MemoryJobs, HoardingDatabase())
