"""The contract of ``JobTransaction.sweep``: the same effect as ``Item.swept`` on each item."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ocrcore.domain.codes import ItemErrorCode
from ocrcore.domain.item import Item, Sweep
from ocrcore.domain.lifecycle import ItemStatus
from ocrcore.ports.jobs import JobTransaction
from ocrcore.testing.builders import START, StateOfRecord, a_draft, a_page, all_items, claim, force, submit
from ocrcore.testing.record import RecordContract

_LATER = START + timedelta(hours=1, microseconds=1)
_numbers = count(10_000)

#: Status, attempts, requeues, and whether an ERROR item is expired.
_State = tuple[ItemStatus, int, int, bool]
_sweeps = st.sampled_from([Sweep.expire(_LATER), Sweep.cancel(_LATER), Sweep.retry(_LATER, 3)])
_states = st.tuples(st.sampled_from(ItemStatus), st.integers(0, 3), st.integers(0, 5), st.booleans())
_examples = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,  # each example has a job of its own
        HealthCheck.differing_executors,  # one suite, several adapters
        HealthCheck.too_slow,
    ],
)


class JobsSweepsContract(RecordContract):
    """The contract of sweeps; part of ``JobsContract``."""

    @_examples
    @given(sweep=_sweeps, states=st.lists(_states, max_size=8))
    def test_a_sweep_does_what_the_item_says(self, record: StateOfRecord, sweep: Sweep, states: list[_State]) -> None:
        job = submit(record.jobs, a_draft(next(_numbers)), len(states))
        before = [_in_state(a_page(job, position), state) for position, state in enumerate(states)]
        if before:
            force(record.jobs, before)
        counted = record.jobs.transact(job.id, lambda transaction: transaction.sweep(sweep))
        taken = [item for item in before if item.status in sweep.sources]
        assert all_items(record.jobs, job) == [item.swept(sweep) if item in taken else item for item in before]
        assert _without_zeros(counted) == Counter(item.status for item in taken)
        enqueued = [row.task for row in record.outbox.waiting(100, job_id=job.id)]
        expected = [(item.id, item.s3_key, _LATER) for item in taken] if sweep.queued_at else []
        assert [(task.item_id, task.s3_key, task.created_at) for task in enqueued] == expected

    def test_a_sweep_leaves_other_jobs_alone(self, record: StateOfRecord) -> None:
        job, other = submit(record.jobs, a_draft(1)), submit(record.jobs, a_draft(2))
        record.jobs.transact(job.id, lambda transaction: transaction.sweep(Sweep.cancel(_LATER)))
        assert all_items(record.jobs, other) == [a_page(other)]

    def test_a_decision_sees_its_sweep(self, record: StateOfRecord) -> None:
        job = submit(record.jobs, a_draft())

        def decide(transaction: JobTransaction) -> Item | None:
            transaction.sweep(Sweep.expire(_LATER))
            return transaction.item(a_page(job).id)

        item = record.jobs.transact(job.id, decide)
        assert item is not None
        assert item.error_code is ItemErrorCode.EXPIRED

    def test_a_sweep_takes_what_was_added_and_saved_before(self, record: StateOfRecord) -> None:
        job = submit(record.jobs, a_draft())

        def decide(transaction: JobTransaction) -> Mapping[ItemStatus, int]:
            item = transaction.item(a_page(job).id)
            assert item is not None
            transaction.save(transaction.job, item.claim(START, timedelta(1)))
            transaction.add([a_page(job, 1)])
            return transaction.sweep(Sweep.cancel(_LATER))

        counted = record.jobs.transact(job.id, decide)
        assert _without_zeros(counted) == {ItemStatus.PENDING: 1, ItemStatus.PROCESSING: 1}
        assert {item.status for item in all_items(record.jobs, job)} == {ItemStatus.ERROR}

    def test_a_swept_item_cannot_be_saved_as_it_was(self, record: StateOfRecord) -> None:
        job = submit(record.jobs, a_draft())
        claim(record.jobs, a_page(job))
        before = all_items(record.jobs, job)

        def decide(transaction: JobTransaction) -> None:
            item = transaction.item(before[0].id)
            assert item is not None
            transaction.sweep(Sweep.cancel(_LATER))
            transaction.save(transaction.job, item.given_back(1, _LATER))

        with pytest.raises(RuntimeError):
            record.jobs.transact(job.id, decide)
        assert all_items(record.jobs, job) == before


def _in_state(item: Item, state: _State) -> Item:
    status, attempts, requeues, expired = state
    item = replace(item, status=status, attempts=attempts, requeues=requeues)
    match status:
        case ItemStatus.PENDING:
            return item
        case ItemStatus.PROCESSING:
            return replace(item, lease_until=START + timedelta(seconds=9), started_at=START)
        case ItemStatus.DONE:
            return replace(item, recognised_text="kept", engine="fake 1.0", finished_at=START)
        case ItemStatus.ERROR:
            code = ItemErrorCode.EXPIRED if expired else ItemErrorCode.OCR_CRASHED
            return replace(item, error_code=code, finished_at=START)


def _without_zeros(counted: Mapping[ItemStatus, int]) -> dict[ItemStatus, int]:
    return {status: number for status, number in counted.items() if number}
