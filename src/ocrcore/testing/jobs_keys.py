"""The contract of ``Jobs`` about idempotency keys: an owner has at most one job for a key."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from threading import Barrier, Thread

import pytest

from ocrcore.domain.idempotency import IdempotencyKey, IdempotencyKeyTaken
from ocrcore.domain.job import Job
from ocrcore.ports.jobs import JobTransaction
from ocrcore.testing.builders import START, StateOfRecord, a_draft, an_announced_draft, delete
from ocrcore.testing.jobs_races import at_once
from ocrcore.testing.record import RecordContract

_KEY = IdempotencyKey("key-1", "0" * 64)
_ROUNDS = 10


def _submit(record: StateOfRecord, draft: Job, key: IdempotencyKey = _KEY) -> Job:
    def decide(transaction: JobTransaction) -> Job:
        job = replace(transaction.job.submitted(START, 0), idempotency=key)
        transaction.save(job)
        return job

    return record.jobs.transact(draft.id, decide)


def _drafts(record: StateOfRecord, *owners: str) -> list[Job]:
    drafts = [a_draft(number, owner=owner) for number, owner in enumerate(owners, 1)]
    for draft in drafts:
        record.jobs.add(draft)
    return drafts


class JobsKeysContract(RecordContract):
    """The contract of idempotency keys; part of ``JobsContract``."""

    def test_a_job_is_found_by_its_key(self, record: StateOfRecord) -> None:
        job = _submit(record, _drafts(record, "ana")[0])
        found = record.jobs.find("ana", "key-1")
        assert found == job
        assert found is not None
        assert found.idempotency == _KEY

    def test_an_unknown_key_and_another_owners_find_nothing(self, record: StateOfRecord) -> None:
        _submit(record, _drafts(record, "ana")[0])
        assert record.jobs.find("ana", "KEY-1") is None
        assert record.jobs.find("bob", "key-1") is None

    def test_a_key_that_is_taken_undoes_the_submission(self, record: StateOfRecord) -> None:
        first, second = _drafts(record, "ana", "ana")
        winner = _submit(record, first)
        with pytest.raises(IdempotencyKeyTaken):
            _submit(record, second, IdempotencyKey("key-1", "1" * 64))
        assert record.jobs.find("ana", "key-1") == winner
        assert record.jobs.transact(second.id, lambda transaction: transaction.job) == second

    def test_two_owners_may_use_one_key(self, record: StateOfRecord) -> None:
        for draft in _drafts(record, "ana", "bob"):
            _submit(record, draft)
        assert record.jobs.find("ana", "key-1") != record.jobs.find("bob", "key-1")

    def test_a_job_keeps_its_key_through_later_saves(self, record: StateOfRecord) -> None:
        job = _submit(record, _drafts(record, "ana")[0])
        record.jobs.transact(job.id, lambda transaction: transaction.save(replace(transaction.job, name="new")))
        assert record.jobs.get(job.id, "ana").idempotency == _KEY

    def test_a_deleted_jobs_key_is_taken_until_its_tombstone_goes(self, record: StateOfRecord) -> None:
        first, second, other = _drafts(record, "ana", "ana", "bob")
        stone = delete(record.jobs, _submit(record, first))
        assert record.jobs.find("ana", "key-1") is None
        with pytest.raises(IdempotencyKeyTaken):
            _submit(record, second)
        assert record.jobs.transact(second.id, lambda transaction: transaction.job) == second
        assert _submit(record, other).idempotency == _KEY
        assert record.tombstones.replace(stone, None)
        assert _submit(record, second).idempotency == _KEY

    def test_a_draft_may_not_have_a_deleted_jobs_key(self, record: StateOfRecord) -> None:
        first = a_draft(1, owner="ana")
        record.jobs.add(first)
        delete(record.jobs, _submit(record, first))
        with pytest.raises(IdempotencyKeyTaken):
            record.jobs.add(replace(an_announced_draft(2), idempotency=_KEY))
        assert record.jobs.find("ana", "key-1") is None

    def test_a_submission_and_a_deletion_at_once_do_not_miss_each_other(self, record: StateOfRecord) -> None:
        for number in range(_ROUNDS):
            key = IdempotencyKey(f"key-{number}", "0" * 64)
            first, second = (a_draft(2 * number + each, owner="ana") for each in (0, 1))
            for draft in (first, second):
                record.jobs.add(draft)
            job = _submit(record, first, key)
            both: list[Callable[[], object]] = [
                partial(delete, record.jobs, job),
                partial(self._is_taken, record, second, key),
            ]
            # Threads that are released together run in the order of their arrival, more or less.
            done = at_once(*(both if number % 2 else reversed(both)))
            assert True in done

    @staticmethod
    def _is_taken(record: StateOfRecord, draft: Job, key: IdempotencyKey) -> bool:
        try:
            _submit(record, draft, key)
        except IdempotencyKeyTaken:
            return True
        return False

    def test_of_two_at_once_one_wins(self, record: StateOfRecord) -> None:
        drafts = _drafts(record, *["ana"] * 4)
        gate, lost = Barrier(len(drafts)), []

        def submit(draft: Job) -> None:
            gate.wait()
            try:
                _submit(record, draft)
            except IdempotencyKeyTaken:
                lost.append(draft)

        threads = [Thread(target=submit, args=(draft,)) for draft in drafts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(lost) == len(drafts) - 1
