"""The contract of ``AuditOutbox``, and of the rows that ``JobTransaction`` writes."""

import pytest

from ocrcore.domain.audit import AuditAction
from ocrcore.domain.job import Job
from ocrcore.ports.jobs import JobTransaction
from ocrcore.testing.builders import START, TICK, StateOfRecord, a_draft, a_page, an_id, claim, delete, finish, submit
from ocrcore.testing.record import RecordContract


class _Undo(Exception):
    pass


def _actions(record: StateOfRecord, job: Job) -> list[AuditAction | str]:
    return [row.entry.action for row in record.audit_outbox.waiting(100, job_id=job.id)]


def _rename(record: StateOfRecord, job: Job, name: str) -> Job:
    return record.jobs.transact(job.id, lambda transaction: transaction.save(transaction.job.renamed(name, START)))


class AuditOutboxContract(RecordContract):
    """The contract of ``AuditOutbox``. Override the fixture ``record``."""

    def test_an_empty_outbox_has_nothing_waiting(self, record: StateOfRecord) -> None:
        assert record.audit_outbox.waiting(10) == []

    def test_a_saved_job_leaves_its_events(self, record: StateOfRecord) -> None:
        record.jobs.add(a_draft())
        job = a_draft().submitted(START, 2)
        record.jobs.transact(job.id, lambda transaction: transaction.save(job))
        assert [row.entry for row in record.audit_outbox.waiting(10)] == list(job.events)

    def test_a_draft_leaves_no_events(self, record: StateOfRecord) -> None:
        record.jobs.add(a_draft())
        delete(record.jobs, a_draft())
        assert record.audit_outbox.waiting(10) == []

    def test_a_saved_job_comes_back_without_events(self, record: StateOfRecord) -> None:
        job = submit(record.jobs, a_draft())
        assert _rename(record, job, "new").events == ()
        assert record.jobs.get(job.id, "ana").events == ()

    def test_a_second_save_writes_only_what_is_new(self, record: StateOfRecord) -> None:
        job = submit(record.jobs, a_draft())

        def decide(transaction: JobTransaction) -> Job:
            once = transaction.save(transaction.job.renamed("once", START))
            transaction.save(once)
            return transaction.save(once.renamed("twice", START))

        saved = record.jobs.transact(job.id, decide)
        assert record.jobs.get(job.id, "ana") == saved
        rows = record.audit_outbox.waiting(10)
        assert [row.entry.at for row in rows] == [START, START + TICK, START + 2 * TICK]
        assert [row.entry.event_id for row in rows][1:] == [f"{job.id}#2#job.renamed", f"{job.id}#3#job.renamed"]

    def test_a_change_that_is_rolled_back_leaves_no_events(self, record: StateOfRecord) -> None:
        job = submit(record.jobs, a_draft())

        def decide(transaction: JobTransaction) -> None:
            transaction.save(transaction.job.renamed("new", START))
            raise _Undo

        with pytest.raises(_Undo):
            record.jobs.transact(job.id, decide)
        assert _actions(record, job) == [AuditAction.JOB_CREATED]

    def test_serial_and_instant_go_on_where_they_were(self, record: StateOfRecord) -> None:
        job = submit(record.jobs, a_draft())
        finish(record.jobs, claim(record.jobs, a_page(job)))
        _rename(record, job, "new")
        stored = record.jobs.get(job.id, "ana")
        assert (stored.event_serial, stored.last_event_at) == (3, START + 3 * TICK)  # with a notice

    def test_the_events_of_a_deleted_job_stay(self, record: StateOfRecord) -> None:
        job = submit(record.jobs, a_draft())
        claim(record.jobs, a_page(job))
        delete(record.jobs, job)
        assert _actions(record, job) == [AuditAction.JOB_CREATED, AuditAction.ITEM_CLAIMED, AuditAction.JOB_DELETED]

    def test_the_oldest_wait_first(self, record: StateOfRecord) -> None:
        jobs = [submit(record.jobs, a_draft(number)) for number in (3, 1, 2)]
        rows = record.audit_outbox.waiting(2)
        assert [row.entry.job_id for row in rows] == [job.id for job in jobs[:2]]
        assert rows[0].id < rows[1].id

    def test_the_oldest_can_be_skipped(self, record: StateOfRecord) -> None:
        for number in range(4):
            submit(record.jobs, a_draft(number))
        rows = record.audit_outbox.waiting(10)
        assert record.audit_outbox.waiting(2, skip=1) == rows[1:3]
        assert record.audit_outbox.waiting(2, skip=3) == rows[3:]
        assert record.audit_outbox.waiting(2, skip=4) == []
        assert record.audit_outbox.waiting(2, job_id=rows[1].entry.job_id, skip=1) == []

    def test_one_job_can_be_asked_for(self, record: StateOfRecord) -> None:
        submit(record.jobs, a_draft(1))
        job = submit(record.jobs, a_draft(2))
        _rename(record, job, "new")
        assert _actions(record, job) == [AuditAction.JOB_CREATED, AuditAction.JOB_RENAMED]
        assert len(record.audit_outbox.waiting(1, job_id=job.id)) == 1
        assert record.audit_outbox.waiting(10, job_id=an_id(404)) == []

    def test_a_removed_row_is_gone_and_removing_it_again_is_ignored(self, record: StateOfRecord) -> None:
        for number in range(3):
            submit(record.jobs, a_draft(number))
        first, second, third = record.audit_outbox.waiting(10)
        record.audit_outbox.remove(iter([first.id, third.id]))
        record.audit_outbox.remove([first.id, 10**9])
        record.audit_outbox.remove([])
        assert record.audit_outbox.waiting(10) == [second]

    def test_an_id_is_never_used_again(self, record: StateOfRecord) -> None:
        submit(record.jobs, a_draft(1))
        (used,) = record.audit_outbox.waiting(10)
        record.audit_outbox.remove([used.id])
        submit(record.jobs, a_draft(2))
        (row,) = record.audit_outbox.waiting(10)
        assert row.id != used.id
