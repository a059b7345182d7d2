"""The contract of ``Jobs`` for concurrent transactions on one job."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier
from typing import TypeVar

from ocrcore.domain.codes import ItemErrorCode
from ocrcore.domain.errors import OcrError
from ocrcore.domain.item import Sweep
from ocrcore.domain.lifecycle import Counts, JobStatus
from ocrcore.ports.jobs import JobTransaction
from ocrcore.testing.builders import START, StateOfRecord, a_draft, a_page, all_items, claim, finish, submit
from ocrcore.testing.patience import FOREVER
from ocrcore.testing.record import RecordContract

T = TypeVar("T")
_ROUNDS = 10


class JobsRacesContract(RecordContract):
    """Concurrent transactions are serialised; part of ``JobsContract``."""

    def test_the_last_two_items_finish_at_once(self, record: StateOfRecord) -> None:
        for number in range(_ROUNDS):
            job = submit(record.jobs, a_draft(number), 2)
            claimed = [claim(record.jobs, item) for item in all_items(record.jobs, job)]
            at_once(*(partial(finish, record.jobs, item) for item in claimed))
            assert record.jobs.get(job.id, "ana").counts == Counts(total=2, done=2)
            assert record.jobs.get(job.id, "ana").status is JobStatus.DONE

    def test_one_of_two_claims_is_refused(self, record: StateOfRecord) -> None:
        for number in range(_ROUNDS):
            job = submit(record.jobs, a_draft(number))
            outcomes = at_once(*[partial(claim, record.jobs, a_page(job))] * 2)
            assert sum(isinstance(outcome, OcrError) for outcome in outcomes) == 1
            assert [item.attempts for item in all_items(record.jobs, job)] == [1]

    def test_a_claim_and_a_cancellation_leave_a_cancelled_item(self, record: StateOfRecord) -> None:
        def cancel(transaction: JobTransaction) -> None:
            sweep = Sweep.cancel(START)
            transaction.save(transaction.job.swept(sweep, transaction.sweep(sweep)))

        for number in range(_ROUNDS):
            job = submit(record.jobs, a_draft(number))
            at_once(partial(claim, record.jobs, a_page(job)), partial(record.jobs.transact, job.id, cancel))
            assert record.jobs.get(job.id, "ana").counts == Counts(total=1, error=1)
            assert [item.error_code for item in all_items(record.jobs, job)] == [ItemErrorCode.CANCELLED]


def at_once(*calls: Callable[[], T]) -> list[T | OcrError]:
    """Make the calls concurrently, each in its own thread; return their results or errors."""
    barrier = Barrier(len(calls))

    def run(call: Callable[[], T]) -> T | OcrError:
        barrier.wait(FOREVER)
        try:
            return call()
        except OcrError as refused:
            return refused

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))
