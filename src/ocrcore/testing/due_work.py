"""The contract of ``DueWork``, tested at the exact instants."""

from dataclasses import replace
from datetime import datetime, timedelta

from ocrcore.domain.item import Item, Sweep
from ocrcore.domain.job import Job
from ocrcore.ports.due_work import Leftovers
from ocrcore.ports.jobs import JobTransaction
from ocrcore.testing.builders import (
    LEASE,
    START,
    TICK,
    StateOfRecord,
    a_draft,
    a_page,
    all_items,
    an_announced_draft,
    claim,
    delete,
    finish,
    force,
    submit,
)
from ocrcore.testing.record import RecordContract

_LATE = START + timedelta(days=99)
#: A time to keep that was taken once, and ends beyond the last instant.
_ENDLESS = timedelta(days=999_999_999)


class DueWorkContract(RecordContract):
    """The contract of ``DueWork``. Override the fixture ``record``."""

    def test_a_job_is_overdue_at_its_deadline(self, record: StateOfRecord) -> None:
        job = submit(record.jobs, a_draft())
        assert record.due_work.overdue(job.sqs_retention_deadline - TICK, 10) == []
        assert record.due_work.overdue(job.sqs_retention_deadline, 10) == [job.id]

    def test_a_job_that_was_begun_is_overdue_too(self, record: StateOfRecord) -> None:
        job = submit(record.jobs, a_draft())
        claim(record.jobs, a_page(job))
        assert record.due_work.overdue(_LATE, 10) == [job.id]

    def test_a_finished_job_is_never_overdue(self, record: StateOfRecord) -> None:
        done, cancelled = submit(record.jobs, a_draft(1)), submit(record.jobs, a_draft(2))
        finish(record.jobs, claim(record.jobs, a_page(done)))
        _cancel(record, cancelled)
        assert record.due_work.overdue(_LATE, 10) == []

    def test_a_draft_is_never_overdue(self, record: StateOfRecord) -> None:
        record.jobs.add(a_draft())
        assert record.due_work.overdue(_LATE, 10) == []

    def test_the_longest_overdue_come_first(self, record: StateOfRecord) -> None:
        for number, hours in ((1, 3), (2, 1), (3, 2)):
            submit(record.jobs, a_draft(number, created_at=START + timedelta(hours=hours)))
        ids = [a_draft(number).id for number in (2, 3, 1)]
        assert record.due_work.overdue(_LATE, 10) == ids
        assert record.due_work.overdue(_LATE, 2) == ids[:2]

    def test_a_lease_has_lapsed_at_its_end(self, record: StateOfRecord) -> None:
        item = claim(record.jobs, a_page(submit(record.jobs, a_draft())))
        assert record.due_work.lapsed(START + LEASE - TICK, 10) == []
        assert record.due_work.lapsed(START + LEASE, 10) == [(item.job_id, item.id)]

    def test_only_a_lease_can_lapse(self, record: StateOfRecord) -> None:
        job = submit(record.jobs, a_draft(), 2)
        finish(record.jobs, claim(record.jobs, a_page(job)))
        assert record.due_work.lapsed(_LATE, 10) == []

    def test_the_longest_lapsed_come_first(self, record: StateOfRecord) -> None:
        job = submit(record.jobs, a_draft(), 3)
        for position, seconds in ((0, 3), (1, 1), (2, 2)):
            claim(record.jobs, a_page(job, position), START + timedelta(seconds=seconds))
        due = [(job.id, a_page(job, position).id) for position in (1, 2, 0)]
        assert record.due_work.lapsed(_LATE, 10) == due
        assert record.due_work.lapsed(_LATE, 1) == due[:1]

    def test_an_item_is_forgotten_at_its_cutoff(self, record: StateOfRecord) -> None:
        item = a_page(submit(record.jobs, a_draft()))
        assert record.due_work.forgotten([START - TICK], 10) == []
        assert record.due_work.forgotten([START], 10) == [(item.job_id, item.id)]

    def test_an_item_with_an_outbox_row_is_not_forgotten(self, record: StateOfRecord) -> None:
        job = submit(record.jobs, a_draft(), order=True)
        assert record.due_work.forgotten([_LATE], 10) == []
        record.outbox.remove([row.id for row in record.outbox.waiting(10)])
        assert record.due_work.forgotten([_LATE], 10) == [(job.id, a_page(job).id)]

    def test_only_a_waiting_item_is_forgotten(self, record: StateOfRecord) -> None:
        job = submit(record.jobs, a_draft(), 3)
        claim(record.jobs, a_page(job, 0))
        finish(record.jobs, claim(record.jobs, a_page(job, 1)))
        assert record.due_work.forgotten([_LATE], 10) == [(job.id, a_page(job, 2).id)]

    def test_each_requeue_has_a_cutoff_of_its_own(self, record: StateOfRecord) -> None:
        first, second, third = _waiting(record, [(0, START), (1, START), (2, START)])
        assert record.due_work.forgotten([START - TICK, START], 10) == [second]
        assert record.due_work.forgotten([START, START - TICK], 10) == [first]
        assert record.due_work.forgotten([START - TICK] * 2 + [START], 10) == [third]
        assert record.due_work.forgotten([], 10) == []

    def test_the_longest_forgotten_come_first(self, record: StateOfRecord) -> None:
        cutoffs = [START + timedelta(hours=9), START + timedelta(hours=5)]
        late, later, latest = _waiting(
            record, [(0, START + timedelta(hours=8)), (1, START + timedelta(hours=3)), (0, START)]
        )
        assert record.due_work.forgotten(cutoffs, 10) == [latest, later, late]
        assert record.due_work.forgotten(cutoffs, 2) == [latest, later]

    def test_a_draft_is_due_after_the_instant(self, record: StateOfRecord) -> None:
        draft = a_draft()
        record.jobs.add(draft)
        assert record.due_work.drafts(START, 10) == []
        assert record.due_work.drafts(START + TICK, 10) == [draft.id]

    def test_a_submitted_job_is_no_draft(self, record: StateOfRecord) -> None:
        submit(record.jobs, a_draft())
        assert record.due_work.drafts(_LATE, 10) == []

    def test_the_oldest_drafts_come_first(self, record: StateOfRecord) -> None:
        for number, minutes in ((1, 3), (2, 1), (3, 2)):
            record.jobs.add(a_draft(number, created_at=START + timedelta(minutes=minutes)))
        ids = [a_draft(number).id for number in (2, 3, 1)]
        assert record.due_work.drafts(_LATE, 10) == ids
        assert record.due_work.drafts(_LATE, 2) == ids[:2]

    def test_uploads_are_due_at_their_instant(self, record: StateOfRecord) -> None:
        record.jobs.add(an_announced_draft(2))
        job = _with_uploads(record, 1, START)
        assert record.due_work.uploads(START - TICK, 10) == []
        assert record.due_work.uploads(START, 10) == [job.id]

    def test_the_uploads_longest_due_come_first(self, record: StateOfRecord) -> None:
        jobs = [
            _with_uploads(record, number, START + timedelta(minutes=minutes))
            for number, minutes in ((1, 3), (2, 1), (3, 2))
        ]
        assert record.due_work.uploads(_LATE, 10) == [jobs[1].id, jobs[2].id, jobs[0].id]
        assert record.due_work.uploads(_LATE, 1) == [jobs[1].id]

    def test_drafts_and_uploads_are_found_together(self, record: StateOfRecord) -> None:
        jobs = [_with_uploads(record, number, START + minutes * TICK) for number, minutes in ((1, 2), (2, 1), (3, 9))]
        for number, minutes in ((4, 2), (5, 1), (6, 9)):
            record.jobs.add(a_draft(number, created_at=START + minutes * TICK))
        found = record.due_work.leftovers(START + 3 * TICK, START + 3 * TICK, 10)
        assert found == Leftovers([a_draft(5).id, a_draft(4).id], [jobs[1].id, jobs[0].id])
        assert record.due_work.leftovers(START, START, 10) == Leftovers([], [])
        assert record.due_work.leftovers(_LATE, _LATE, 1) == Leftovers([a_draft(5).id], [jobs[1].id])

    def test_a_finished_job_is_kept_until_its_instant(self, record: StateOfRecord) -> None:
        job = _kept(record, 1, timedelta(hours=1))
        assert job.keep_until is not None
        assert record.due_work.kept(job.keep_until - TICK, 10) == []
        assert record.due_work.kept(job.keep_until, 10) == [job.id]
        assert record.due_work.leftovers(START, job.keep_until, 10).kept == [job.id]

    def test_only_a_finished_job_with_a_time_is_due(self, record: StateOfRecord) -> None:
        finish(record.jobs, claim(record.jobs, a_page(submit(record.jobs, a_draft(1)))))
        submit(record.jobs, _to_keep(2, timedelta(hours=1)))
        record.jobs.add(_to_keep(3, timedelta(hours=1)))
        assert record.due_work.kept(_LATE, 10) == []

    def test_a_job_that_is_to_be_kept_for_longer_than_there_is_time_is_never_due(self, record: StateOfRecord) -> None:
        long, short = (_kept(record, number, keep) for number, keep in ((1, _ENDLESS), (2, timedelta(hours=1))))
        assert long.options.keep == _ENDLESS
        assert record.due_work.kept(_LATE, 10) == [short.id]

    def test_a_job_that_is_retried_is_due_no_more(self, record: StateOfRecord) -> None:
        job = submit(record.jobs, _to_keep(1, timedelta(hours=1)))
        _cancel(record, job)
        assert record.due_work.kept(_LATE, 10) == [job.id]
        record.jobs.transact(job.id, _retry)
        assert record.due_work.kept(_LATE, 10) == []

    def test_the_jobs_longest_past_their_time_come_first(self, record: StateOfRecord) -> None:
        jobs = [_kept(record, number, timedelta(hours=hours)) for number, hours in ((1, 3), (2, 1), (3, 2))]
        ids = [jobs[place].id for place in (1, 2, 0)]
        assert record.due_work.kept(_LATE, 10) == ids
        assert record.due_work.kept(_LATE, 2) == ids[:2]

    def test_a_tombstone_is_due_at_its_instant(self, record: StateOfRecord) -> None:
        stone = delete(record.jobs, submit(record.jobs, a_draft()))
        assert record.due_work.tombstones(START - TICK, 10) == []
        assert record.due_work.tombstones(START, 10) == [stone]

    def test_a_tombstone_whose_pages_may_be_indexed_is_due_at_once_and_others_at_their_purge(
        self, record: StateOfRecord
    ) -> None:
        stones = []
        for number, is_unindexed in ((1, False), (2, True)):
            stone = delete(record.jobs, submit(record.jobs, a_draft(number)))
            stones.append(replace(stone, purges=1, purge_at=START + timedelta(hours=1), is_unindexed=is_unindexed))
            assert record.tombstones.replace(stone, stones[-1])
        assert record.due_work.tombstones(START - TICK, 10) == []
        assert record.due_work.tombstones(START, 10) == stones[:1]
        assert record.due_work.tombstones(START + timedelta(hours=1) - TICK, 10) == stones[:1]
        assert record.due_work.tombstones(START + timedelta(hours=1), 10) == stones

    def test_the_tombstones_longest_due_come_first(self, record: StateOfRecord) -> None:
        stones = [
            delete(record.jobs, submit(record.jobs, a_draft(number)), START + timedelta(minutes=minutes))
            for number, minutes in ((1, 3), (2, 1), (3, 2))
        ]
        assert record.due_work.tombstones(_LATE, 10) == [stones[1], stones[2], stones[0]]
        assert record.due_work.tombstones(_LATE, 1) == [stones[1]]


def _with_uploads(record: StateOfRecord, number: int, submitted_at: datetime) -> Job:
    """Return a job whose uploads are to be purged since it was submitted."""
    draft = an_announced_draft(number)
    record.jobs.add(draft)
    return record.jobs.transact(
        draft.id, lambda transaction: transaction.save(transaction.job.submitted(submitted_at, 0))
    )


def _cancel(record: StateOfRecord, job: Job) -> None:
    def decide(transaction: JobTransaction) -> None:
        sweep = Sweep.cancel(START)
        transaction.save(transaction.job.swept(sweep, transaction.sweep(sweep)))

    record.jobs.transact(job.id, decide)


def _waiting(record: StateOfRecord, items: list[tuple[int, datetime]]) -> list[tuple[object, object]]:
    job = submit(record.jobs, a_draft(), len(items))
    waiting: list[Item] = [
        replace(item, requeues=requeues, queued_at=queued_at)
        for item, (requeues, queued_at) in zip(all_items(record.jobs, job), items, strict=True)
    ]
    force(record.jobs, waiting)
    return [(item.job_id, item.id) for item in waiting]


def _to_keep(number: int, keep: timedelta) -> Job:
    draft = a_draft(number)
    return replace(draft, options=replace(draft.options, keep=keep))


def _kept(record: StateOfRecord, number: int, keep: timedelta) -> Job:
    """Return a job whose only page is done."""
    job = submit(record.jobs, _to_keep(number, keep))
    finish(record.jobs, claim(record.jobs, a_page(job)))
    return record.jobs.get(job.id, job.owner)


def _retry(transaction: JobTransaction) -> None:
    sweep = Sweep.retry(_LATE, 3)
    transaction.save(transaction.job.retried(_LATE).swept(sweep, transaction.sweep(sweep)))
