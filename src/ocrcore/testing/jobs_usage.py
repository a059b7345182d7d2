"""The contract of ``Jobs`` about what an owner has, for quotas."""

from dataclasses import replace

import pytest

from ocrcore.domain.job import Job
from ocrcore.domain.limits import Usage
from ocrcore.testing.builders import (
    StateOfRecord,
    a_draft,
    all_items,
    an_announced_draft,
    claim,
    delete,
    finish,
    submit,
)
from ocrcore.testing.record import RecordContract


def _sized(draft: Job, size: int | None) -> Job:
    return replace(draft, stored_bytes=size)


class JobsUsageContract(RecordContract):
    """Sums over the jobs of an owner; part of ``JobsContract``."""

    def test_who_has_no_job_has_nothing(self, record: StateOfRecord) -> None:
        assert record.jobs.usage("ana") == Usage(0, 0)

    def test_items_count_while_they_are_open_and_bytes_until_the_job_is_deleted(self, record: StateOfRecord) -> None:
        job = submit(record.jobs, _sized(a_draft(1), 70), 3)
        submit(record.jobs, _sized(a_draft(2), 5_000_000_000), 2)
        first, second, _ = all_items(record.jobs, job)
        claim(record.jobs, first)
        finish(record.jobs, claim(record.jobs, second))
        assert record.jobs.usage("ana") == Usage(4, 5_000_000_070)
        delete(record.jobs, job)
        assert record.jobs.usage("ana") == Usage(2, 5_000_000_000)

    def test_drafts_count_with_the_bytes_that_they_announce(self, record: StateOfRecord) -> None:
        record.jobs.add(_sized(a_draft(1), None))
        record.jobs.add(_sized(an_announced_draft(2), 9))
        assert record.jobs.usage("ana") == Usage(0, 9)

    @pytest.mark.parametrize("owner", ["bob", "Ana", "ana "])
    def test_another_owners_jobs_do_not_count(self, record: StateOfRecord, owner: str) -> None:
        submit(record.jobs, a_draft(1, owner="ana"), 3)
        assert record.jobs.usage(owner) == Usage(0, 0)

    def test_jobs_of_an_earlier_release_count_without_bytes(self, record: StateOfRecord) -> None:
        submit(record.jobs, _sized(a_draft(1), None), 3)
        assert record.jobs.usage("ana") == Usage(3, 0)

    def test_a_transaction_sees_what_the_owners_other_jobs_have(self, record: StateOfRecord) -> None:
        own = submit(record.jobs, _sized(a_draft(1), 10), 3)
        submit(record.jobs, _sized(a_draft(2), 20), 4)
        submit(record.jobs, _sized(a_draft(3, owner="bob"), 40), 5)
        assert record.jobs.transact(own.id, lambda transaction: transaction.usage()) == Usage(4, 20)

    def test_owners_wait_while_an_item_of_theirs_is_pending(self, record: StateOfRecord) -> None:
        record.jobs.add(a_draft(1, owner="eve"))
        bob = submit(record.jobs, a_draft(2, owner="bob"))
        for number in (3, 4):
            submit(record.jobs, a_draft(number, owner="ana"), 2)
        assert sorted(record.jobs.waiting_owners(10)) == ["ana", "bob"]
        assert len(record.jobs.waiting_owners(1)) == 1
        (item,) = all_items(record.jobs, bob)
        item = claim(record.jobs, item)
        assert list(record.jobs.waiting_owners(10)) == ["ana"]
        finish(record.jobs, item)
        assert list(record.jobs.waiting_owners(10)) == ["ana"]
