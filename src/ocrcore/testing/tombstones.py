"""The contract of ``Tombstones``."""

from dataclasses import replace
from datetime import timedelta
from functools import partial

from ocrcore.domain.idempotency import IdempotencyKey
from ocrcore.domain.job import Tombstone
from ocrcore.ports.jobs import JobTransaction
from ocrcore.testing.builders import START, TICK, StateOfRecord, a_draft, an_announced_draft, delete, submit
from ocrcore.testing.jobs_races import at_once
from ocrcore.testing.record import RecordContract


def _bury(transaction: JobTransaction) -> Tombstone:
    stone = transaction.job.tombstone(START)
    transaction.delete(transaction.job, stone)
    return stone


class TombstonesContract(RecordContract):
    """The contract of ``Tombstones``. Override the fixture ``record``."""

    def test_a_living_job_has_none(self, record: StateOfRecord) -> None:
        assert record.tombstones.get(submit(record.jobs, a_draft()).id) is None

    def test_it_comes_back_as_it_was_left(self, record: StateOfRecord) -> None:
        job = submit(record.jobs, a_draft(owner="bob"))
        stone = Tombstone(job.id, "bob", START + TICK, START + timedelta(days=1), purges=1)
        record.jobs.transact(job.id, lambda transaction: transaction.delete(job, stone))
        assert record.tombstones.get(job.id) == stone

    def test_it_says_until_when_uploads_may_come(self, record: StateOfRecord) -> None:
        draft = an_announced_draft()
        record.jobs.add(draft)
        stone = record.jobs.transact(draft.id, _bury)
        assert stone.uploads_until is not None
        assert record.tombstones.get(draft.id) == stone
        assert record.tombstones.replace(stone, replace(stone, purges=1))

    def test_it_is_found_by_the_key_of_its_submission(self, record: StateOfRecord) -> None:
        key = IdempotencyKey("key-1", "0" * 64)
        record.jobs.add(replace(an_announced_draft(), idempotency=key))
        stone = record.jobs.transact(an_announced_draft().id, _bury)
        assert stone.idempotency == key
        assert record.tombstones.find("ana", "key-1") == record.tombstones.get(stone.job_id) == stone
        assert record.tombstones.find("ana", "KEY-1") is None
        assert record.tombstones.find("bob", "key-1") is None
        new = replace(stone, purges=1)
        assert record.tombstones.replace(stone, new)
        assert record.tombstones.find("ana", "key-1") == new

    def test_of_two_with_one_key_the_later_is_found(self, record: StateOfRecord) -> None:
        key, stones = IdempotencyKey("key-1", "0" * 64), []
        for number, minutes in ((1, 2), (2, 3), (3, 1)):
            job = submit(record.jobs, a_draft(number))
            at = START + timedelta(minutes=minutes)
            stone = replace(job.tombstone(at), idempotency=key)  # release 0.1 lets a key be used again
            record.jobs.transact(job.id, lambda transaction, s=stone: transaction.delete(transaction.job, s))  # type: ignore[misc]
            stones.append(stone)
        assert record.tombstones.find("ana", "key-1") == stones[1]

    def test_the_first_replaces_it(self, record: StateOfRecord) -> None:
        old = delete(record.jobs, submit(record.jobs, a_draft()))
        new = replace(old, purges=1, purge_at=START + timedelta(minutes=2))
        assert record.tombstones.replace(old, new)
        assert record.tombstones.get(old.job_id) == new

    def test_the_second_does_not(self, record: StateOfRecord) -> None:
        old = delete(record.jobs, submit(record.jobs, a_draft()))
        new = replace(old, purges=1)
        record.tombstones.replace(old, new)
        assert not record.tombstones.replace(old, replace(old, purges=2))
        assert not record.tombstones.replace(old, None)
        assert record.tombstones.get(old.job_id) == new

    def test_another_instant_is_another_tombstone(self, record: StateOfRecord) -> None:
        stone = delete(record.jobs, submit(record.jobs, a_draft()))
        assert not record.tombstones.replace(replace(stone, purge_at=stone.purge_at + TICK), None)
        assert record.tombstones.get(stone.job_id) == stone

    def test_nothing_can_stand_in_its_place(self, record: StateOfRecord) -> None:
        old = delete(record.jobs, submit(record.jobs, a_draft()))
        assert record.tombstones.replace(old, None)
        assert record.tombstones.get(old.job_id) is None
        assert not record.tombstones.replace(old, None)

    def test_of_two_at_once_one_replaces_it(self, record: StateOfRecord) -> None:
        old = delete(record.jobs, submit(record.jobs, a_draft()))
        candidates = [replace(old, purges=purges) for purges in (1, 2)]
        done = at_once(*(partial(record.tombstones.replace, old, new) for new in candidates))
        assert sorted(map(bool, done)) == [False, True]
        assert record.tombstones.get(old.job_id) == candidates[done.index(True)]
