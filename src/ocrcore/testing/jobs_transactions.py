"""The contract of ``Jobs.transact``: atomic transactions on one job."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from ocrcore.domain.errors import JobNotFound
from ocrcore.domain.item import Item, Sweep
from ocrcore.domain.lifecycle import Counts, ItemStatus
from ocrcore.ports.jobs import JobFilter, JobTransaction
from ocrcore.testing.builders import (
    START,
    StateOfRecord,
    a_draft,
    a_page,
    a_tombstone,
    all_items,
    an_id,
    claim,
    delete,
    finish,
    renamed,
    submit,
)
from ocrcore.testing.record import RecordContract


class _Undo(Exception):
    pass


class JobsTransactionsContract(RecordContract):
    """The contract of transactions; part of ``JobsContract``."""

    def test_the_result_of_a_decision_is_returned(self, record: StateOfRecord) -> None:
        draft = a_draft()
        record.jobs.add(draft)
        assert record.jobs.transact(draft.id, lambda transaction: transaction.job) == draft

    def test_an_unknown_job_cannot_be_decided_about(self, record: StateOfRecord) -> None:
        with pytest.raises(JobNotFound):
            record.jobs.transact(an_id(404), lambda _: pytest.fail("decided"))

    def test_a_draft_is_written_once(self, record: StateOfRecord) -> None:
        record.jobs.add(a_draft())
        with pytest.raises(RuntimeError):
            record.jobs.add(a_draft(name="other"))
        assert record.jobs.transact(an_id(1), lambda transaction: transaction.job.name) == "scan.png"

    def test_a_submission_writes_items_counts_and_outbox_rows(self, record: StateOfRecord) -> None:
        job = submit(record.jobs, a_draft(), 3, order=True)
        assert record.jobs.get(job.id, "ana") == job
        assert all_items(record.jobs, job) == [a_page(job, position) for position in range(3)]
        tasks = [row.task for row in record.outbox.waiting(10)]
        assert [(task.item_id, task.s3_bucket, task.s3_key, task.created_at) for task in tasks] == [
            (item.id, job.s3_bucket, item.s3_key, START) for item in all_items(record.jobs, job)
        ]

    def test_the_job_is_shown_as_it_was_locked(self, record: StateOfRecord) -> None:
        job = submit(record.jobs, a_draft())

        def decide(transaction: JobTransaction) -> None:
            transaction.save(renamed(transaction.job, "new"))
            assert transaction.job == job

        record.jobs.transact(job.id, decide)
        assert record.jobs.get(job.id, "ana").name == "new"

    def test_an_error_undoes_everything(self, record: StateOfRecord) -> None:
        job = submit(record.jobs, a_draft(), 2)
        before = all_items(record.jobs, job)

        def decide(transaction: JobTransaction) -> None:
            item = transaction.item(before[0].id)
            assert item is not None
            after = item.claim(START, timedelta(1))
            transaction.save(renamed(transaction.job.moved([(item, after)], START), "new"), after)
            transaction.add([a_page(job, 2)])
            transaction.enqueue([after], START)
            raise _Undo

        with pytest.raises(_Undo):
            record.jobs.transact(job.id, decide)
        assert record.jobs.get(job.id, "ana") == job
        assert all_items(record.jobs, job) == before
        assert record.outbox.waiting(10) == []

    def test_an_error_undoes_a_deletion(self, record: StateOfRecord) -> None:
        job = submit(record.jobs, a_draft(), order=True)

        def decide(transaction: JobTransaction) -> None:
            transaction.delete(job.deleted(START), a_tombstone(job))
            raise _Undo

        with pytest.raises(_Undo):
            record.jobs.transact(job.id, decide)
        assert record.jobs.get(job.id, "ana") == job
        assert len(record.outbox.waiting(10)) == 1
        assert record.tombstones.get(job.id) is None

    def test_nothing_is_seen_before_the_commit(self, record: StateOfRecord) -> None:
        job = submit(record.jobs, a_draft())

        def decide(transaction: JobTransaction) -> str:
            transaction.save(renamed(transaction.job, "new"))
            return record.jobs.get(job.id, "ana").name

        assert record.jobs.transact(job.id, decide) == "scan.png"

    def test_a_decision_sees_what_it_wrote(self, record: StateOfRecord) -> None:
        job = submit(record.jobs, a_draft())
        new = a_page(job, 1)

        def decide(transaction: JobTransaction) -> None:
            transaction.add([new])
            assert transaction.item(new.id) == new
            after = new.claim(START, timedelta(1))
            transaction.save(transaction.job, after)
            assert transaction.item(new.id) == after

        record.jobs.transact(job.id, decide)

    def test_an_item_may_be_saved_twice(self, record: StateOfRecord) -> None:
        job = submit(record.jobs, a_draft())

        def decide(transaction: JobTransaction) -> None:
            item = transaction.item(a_page(job).id)
            assert item is not None
            first = item.claim(START, timedelta(1))
            transaction.save(transaction.job, first)
            transaction.save(transaction.job, first.given_back(1, START))

        record.jobs.transact(job.id, decide)
        (item,) = all_items(record.jobs, job)
        assert (item.status, item.attempts, item.attempts_limit) == (ItemStatus.PENDING, 1, 4)

    def test_the_job_that_is_saved_last_counts(self, record: StateOfRecord) -> None:
        job = submit(record.jobs, a_draft(), 2)

        def decide(transaction: JobTransaction) -> None:
            current = transaction.job
            for page in all_items(record.jobs, job):
                item = transaction.item(page.id)
                assert item is not None
                claimed = item.claim(START, timedelta(1))
                current = transaction.save(current.moved([(item, claimed)], START), claimed)

        record.jobs.transact(job.id, decide)
        assert record.jobs.get(job.id, "ana").counts == Counts(total=2, processing=2)

    def test_the_deadline_is_kept_to_the_microsecond(self, record: StateOfRecord) -> None:
        job = submit(record.jobs, a_draft())
        deadline = START + timedelta(hours=1, microseconds=1)
        record.jobs.transact(
            job.id, lambda transaction: transaction.save(replace(transaction.job, sqs_retention_deadline=deadline))
        )
        assert record.jobs.get(job.id, "ana").sqs_retention_deadline == deadline
        assert record.due_work.overdue(deadline - timedelta(microseconds=1), 10) == []
        assert record.due_work.overdue(deadline, 10) == [job.id]

    def test_a_draft_may_begin_its_time_anew(self, record: StateOfRecord) -> None:
        draft = a_draft()
        record.jobs.add(draft)
        later = START + timedelta(days=3, microseconds=1)
        record.jobs.transact(draft.id, lambda transaction: transaction.save(transaction.job.with_time_anew(later)))
        assert record.jobs.transact(draft.id, lambda transaction: transaction.job.created_at) == later
        assert record.due_work.drafts(later, 10) == []
        assert record.due_work.drafts(later + timedelta(microseconds=1), 10) == [draft.id]

    def test_an_unknown_item_is_none(self, record: StateOfRecord) -> None:
        job = submit(record.jobs, a_draft())
        assert record.jobs.transact(job.id, lambda transaction: transaction.item(an_id(404))) is None

    def test_an_item_of_another_job_is_none(self, record: StateOfRecord) -> None:
        job, other = submit(record.jobs, a_draft(1)), submit(record.jobs, a_draft(2))
        assert record.jobs.transact(job.id, lambda transaction: transaction.item(a_page(other).id)) is None

    def test_items_that_change_alike_or_otherwise_are_saved_at_once(self, record: StateOfRecord) -> None:
        job = submit(record.jobs, a_draft(), 3)
        pages = all_items(record.jobs, job)

        def decide(transaction: JobTransaction) -> list[Item]:
            first, second, third = (transaction.item(page.id) for page in pages)
            assert first is not None
            assert second is not None
            assert third is not None
            claimed = [item.claim(START, timedelta(1)) for item in (first, second)]
            after = [*claimed, third.claim(START, timedelta(1)).given_back(1, START)]
            moves = list(zip((first, second, third), after, strict=True))
            transaction.save(transaction.job.moved(moves, START), *after)
            return after

        assert record.jobs.transact(job.id, decide, items=[page.id for page in pages]) == all_items(record.jobs, job)
        assert record.jobs.get(job.id, "ana").counts == Counts(total=3, pending=1, processing=2)

    def test_nothing_is_saved_where_one_item_was_not_read(self, record: StateOfRecord) -> None:
        job = submit(record.jobs, a_draft(), 2)

        def decide(transaction: JobTransaction) -> None:
            item = transaction.item(a_page(job).id)
            assert item is not None
            transaction.save(
                transaction.job, item.claim(START, timedelta(1)), a_page(job, 1).claim(START, timedelta(1))
            )

        with pytest.raises(RuntimeError):
            record.jobs.transact(job.id, decide)
        assert {item.status for item in all_items(record.jobs, job)} == {ItemStatus.PENDING}

    def test_an_announced_item_is_as_any_other(self, record: StateOfRecord) -> None:
        job, other = submit(record.jobs, a_draft(1), 2), submit(record.jobs, a_draft(2))
        page = a_page(job)
        asked = [page.id, a_page(job, 1).id, page.id, a_page(other).id]

        def decide(transaction: JobTransaction) -> list[Item | None]:
            return [transaction.item(item_id) for item_id in asked]

        expected = [page, a_page(job, 1), page, None]
        assert record.jobs.transact(job.id, decide, items=[page.id]) == expected
        assert record.jobs.transact(job.id, decide, items=[a_page(other).id]) == expected
        assert record.jobs.transact(job.id, decide, items=[an_id(404)]) == expected
        assert record.jobs.transact(job.id, decide, items=[a_page(job, 1).id, an_id(404), page.id]) == expected

    def test_an_announced_item_of_another_job_is_none(self, record: StateOfRecord) -> None:
        job, page = submit(record.jobs, a_draft(1)), a_page(submit(record.jobs, a_draft(2)))
        assert record.jobs.transact(job.id, lambda transaction: transaction.item(page.id), items=[page.id]) is None

    def test_an_announced_item_is_shown_as_it_is_when_asked_for(self, record: StateOfRecord) -> None:
        job = submit(record.jobs, a_draft())
        page, sweep = a_page(job), Sweep.cancel(START)

        def decide(transaction: JobTransaction) -> Item | None:
            transaction.save(transaction.job.swept(sweep, transaction.sweep(sweep)))
            return transaction.item(page.id)

        assert record.jobs.transact(job.id, decide, items=[page.id]) == page.swept(sweep)

    def test_an_unknown_job_has_no_announced_item(self, record: StateOfRecord) -> None:
        page = a_page(submit(record.jobs, a_draft()))
        with pytest.raises(JobNotFound):
            record.jobs.transact(an_id(404), lambda _: pytest.fail("decided"), items=[page.id])

    def test_only_items_that_were_read_are_saved(self, record: StateOfRecord) -> None:
        job = submit(record.jobs, a_draft())
        stray = replace(a_page(job), filename="stray")
        with pytest.raises(RuntimeError):
            record.jobs.transact(job.id, lambda transaction: transaction.save(renamed(job, "new"), stray))
        assert record.jobs.get(job.id, "ana") == job
        assert all_items(record.jobs, job) == [a_page(job)]

    def test_an_item_is_added_once(self, record: StateOfRecord) -> None:
        job = submit(record.jobs, a_draft())
        with pytest.raises(RuntimeError):
            record.jobs.transact(job.id, lambda transaction: transaction.add([a_page(job)]))
        assert len(all_items(record.jobs, job)) == 1

    def test_a_transaction_writes_its_own_job_alone(self, record: StateOfRecord) -> None:
        job, other = submit(record.jobs, a_draft(1)), submit(record.jobs, a_draft(2))
        mistakes: list[Callable[[JobTransaction], object]] = [
            lambda transaction: transaction.save(renamed(other, "new")),
            lambda transaction: transaction.add([a_page(other, 1)]),
            lambda transaction: transaction.delete(job, a_tombstone(other)),
            lambda transaction: transaction.delete(other, a_tombstone(job)),
        ]
        for mistake in mistakes:
            with pytest.raises(RuntimeError):
                record.jobs.transact(job.id, mistake)
        assert record.jobs.list("ana", JobFilter(), None, 10) == [other, job]
        assert len(all_items(record.jobs, other)) == 1

    def test_adding_and_enqueueing_nothing_is_allowed(self, record: StateOfRecord) -> None:
        job = submit(record.jobs, a_draft(), 0, order=True)
        assert all_items(record.jobs, job) == []
        assert record.outbox.waiting(10) == []

    def test_a_save_without_a_change_is_allowed(self, record: StateOfRecord) -> None:
        job = submit(record.jobs, a_draft())
        item = finish(record.jobs, claim(record.jobs, a_page(job)))
        assert finish(record.jobs, item) == item
        assert record.jobs.get(job.id, "ana").counts == Counts(total=1, done=1)

    def test_outbox_rows_are_for_the_owner_of_the_job(self, record: StateOfRecord) -> None:
        submit(record.jobs, a_draft(1, owner="bob"), order=True)
        assert [row.owner for row in record.outbox.waiting(10)] == ["bob"]

    def test_an_item_may_have_two_outbox_rows(self, record: StateOfRecord) -> None:
        job = submit(record.jobs, a_draft(), order=True)
        record.jobs.transact(job.id, lambda transaction: transaction.enqueue([a_page(job)], START))
        first, second = record.outbox.waiting(10)
        assert first.task == second.task
        assert first.id != second.id

    def test_a_deletion_leaves_the_tombstone_alone(self, record: StateOfRecord) -> None:
        job, other = submit(record.jobs, a_draft(1), 2, order=True), submit(record.jobs, a_draft(2), order=True)
        tombstone = delete(record.jobs, job)
        assert record.tombstones.get(job.id) == tombstone
        assert all_items(record.jobs, job) == []
        assert [row.task.job_id for row in record.outbox.waiting(10)] == [other.id]
        with pytest.raises(JobNotFound):
            record.jobs.get(job.id, "ana")
        with pytest.raises(JobNotFound):
            record.jobs.transact(job.id, lambda _: None)
        assert record.jobs.get(other.id, "ana") == other

    def test_a_draft_can_be_deleted(self, record: StateOfRecord) -> None:
        draft = a_draft()
        record.jobs.add(draft)
        tombstone = delete(record.jobs, draft)
        assert record.tombstones.get(draft.id) == tombstone
        assert record.due_work.drafts(START + timedelta(days=9), 10) == []

    def test_a_store_that_stands_can_be_reached(self, record: StateOfRecord) -> None:
        record.jobs.check()
