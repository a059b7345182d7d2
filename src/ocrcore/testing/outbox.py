"""The contract of ``Outbox``."""

from dataclasses import replace

from ocrcore.domain.item import Sweep
from ocrcore.ports.jobs import JobTransaction
from ocrcore.testing.builders import START, TICK, StateOfRecord, a_draft, a_page, delete, submit
from ocrcore.testing.record import RecordContract


class OutboxContract(RecordContract):
    """The contract of ``Outbox``. Override the fixture ``record``."""

    def test_an_empty_outbox_has_nothing_waiting(self, record: StateOfRecord) -> None:
        assert record.outbox.waiting(10) == []

    def test_the_oldest_wait_first(self, record: StateOfRecord) -> None:
        job = submit(record.jobs, a_draft(), 5, order=True)
        rows = record.outbox.waiting(3)
        assert [row.task.item_id for row in rows] == [a_page(job, position).id for position in range(3)]
        assert [row.id for row in rows] == sorted({row.id for row in rows})

    def test_owners_come_in_turn(self, record: StateOfRecord) -> None:
        submit(record.jobs, a_draft(1, owner="ana"), 4, order=True)
        submit(record.jobs, a_draft(2, owner="bob"), 2, order=True)
        submit(record.jobs, a_draft(3, owner="eve"), 1, order=True)
        owners = [row.owner for row in record.outbox.waiting(10)]
        assert owners == ["ana", "bob", "eve", "ana", "bob", "ana", "ana"]
        assert [row.owner for row in record.outbox.waiting(3)] == owners[:3]

    def test_hundreds_of_owners_come_in_turn(self, record: StateOfRecord) -> None:
        for number in range(205):
            submit(record.jobs, a_draft(number, owner=f"owner {number % 201:03}"), order=True)
        owners = [row.owner for row in record.outbox.waiting(300)]
        assert owners == [f"owner {number % 201:03}" for number in range(205)]

    def test_what_is_younger_does_not_wait_yet(self, record: StateOfRecord) -> None:
        submit(record.jobs, a_draft(1), order=True)
        submit(record.jobs, a_draft(2), now=START + TICK, order=True)
        assert record.outbox.waiting(10, before=START - TICK) == []
        assert [row.task.job_id for row in record.outbox.waiting(10, before=START)] == [a_draft(1).id]
        assert len(record.outbox.waiting(10, before=START + TICK)) == 2

    def test_one_job_can_be_asked_for(self, record: StateOfRecord) -> None:
        submit(record.jobs, a_draft(1), 2, order=True)
        job = submit(record.jobs, a_draft(2), 3, order=True)
        rows = record.outbox.waiting(2, job_id=job.id)
        assert [row.task.item_id for row in rows] == [a_page(job, 0).id, a_page(job, 1).id]
        assert record.outbox.waiting(9, job_id=a_draft(3).id) == []

    def test_a_row_has_the_id_of_the_request_that_caused_it(self, record: StateOfRecord) -> None:
        submit(record.jobs, replace(a_draft(1), request_id="first"), 2, order=True)
        submit(record.jobs, a_draft(2), 1, order=True)
        assert [row.request_id for row in record.outbox.waiting(10)] == ["first", "first", None]

    def test_a_row_of_a_sweep_has_the_id_of_the_request_that_swept(self, record: StateOfRecord) -> None:
        job = submit(record.jobs, replace(a_draft(1), request_id="first"))

        def retry(transaction: JobTransaction) -> None:
            cancelled = transaction.job.swept(Sweep.cancel(START), transaction.sweep(Sweep.cancel(START)))
            transaction.save(cancelled)
            retried = transaction.save(cancelled.without_events().retried(START, "second"))
            sweep = Sweep.retry(START, 1)
            transaction.save(retried.swept(sweep, transaction.sweep(sweep)))

        record.jobs.transact(job.id, retry)
        assert [row.request_id for row in record.outbox.waiting(10)] == ["second"]

    def test_a_removed_row_is_gone(self, record: StateOfRecord) -> None:
        submit(record.jobs, a_draft(), 3, order=True)
        first, second, third = record.outbox.waiting(10)
        record.outbox.remove([first.id, third.id])
        assert record.outbox.waiting(10) == [second]

    def test_removing_a_row_that_is_gone_is_ignored(self, record: StateOfRecord) -> None:
        submit(record.jobs, a_draft(), 2, order=True)
        first, second = record.outbox.waiting(10)
        record.outbox.remove([first.id])
        record.outbox.remove([first.id, 10**9])
        record.outbox.remove([])
        assert record.outbox.waiting(10) == [second]

    def test_many_rows_are_removed_at_once(self, record: StateOfRecord) -> None:
        submit(record.jobs, a_draft(), 2500, order=True)
        record.outbox.remove(row.id for row in record.outbox.waiting(2499))
        assert len(record.outbox.waiting(10)) == 1

    def test_an_id_is_never_used_again(self, record: StateOfRecord) -> None:
        job = submit(record.jobs, a_draft(1), 2, order=True)
        used = {row.id for row in record.outbox.waiting(10)}
        delete(record.jobs, job)
        submit(record.jobs, a_draft(2), 2, order=True)
        again = {row.id for row in record.outbox.waiting(10)}
        record.outbox.remove(again)
        submit(record.jobs, a_draft(3), 2, order=True)
        assert len(used | again | {row.id for row in record.outbox.waiting(10)}) == 6
