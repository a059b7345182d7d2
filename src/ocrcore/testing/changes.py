"""The contract of ``Changes``."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from ocrcore.domain.codes import ItemErrorCode
from ocrcore.domain.item import Item, Sweep
from ocrcore.domain.job import Job
from ocrcore.ports.changes import Change, ChangeCursor
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
    an_id,
    change,
    claim,
    delete,
    finish,
    submit,
)
from ocrcore.testing.record import RecordContract

_MINUTE = timedelta(minutes=1)
_MOST = 100


class ChangesContract(RecordContract):
    """The contract of ``Changes``. Override the fixture ``record``."""

    def test_a_submitted_job_has_changed(self, record: StateOfRecord) -> None:
        job = submit(record.jobs, a_draft())
        assert _since(record, START) == [Change(START, job.id, "ana")]
        assert _since(record, START + TICK) == []

    def test_a_draft_has_not(self, record: StateOfRecord) -> None:
        record.jobs.add(an_announced_draft())
        assert _since(record, START) == []

    def test_only_the_latest_change_of_a_job_counts(self, record: StateOfRecord) -> None:
        job = submit(record.jobs, a_draft(), 2)
        for item in all_items(record.jobs, job):
            claim(record.jobs, item, START + _MINUTE)
        stored = record.jobs.get(job.id, "ana")
        assert stored.last_event_at == START + _MINUTE + TICK
        assert _since(record, START) == [Change(START + _MINUTE + TICK, job.id, "ana")]

    def test_a_change_is_later_than_the_one_before_whatever_the_clock_says(self, record: StateOfRecord) -> None:
        job = submit(record.jobs, a_draft())
        claimed = claim(record.jobs, a_page(job), START - _MINUTE)
        assert _since(record, START) == [Change(START + TICK, job.id, "ana")]
        assert _items(record, job, START) == [(START + TICK, claimed.id)]

    def test_a_deleted_job_is_gone(self, record: StateOfRecord) -> None:
        kept, job = submit(record.jobs, a_draft(1)), submit(record.jobs, a_draft(2))
        stone = delete(record.jobs, job, START + _MINUTE)
        gone = Change(START + _MINUTE, job.id, "ana", is_gone=True)
        assert _since(record, START) == [Change(START, kept.id, "ana"), gone]
        assert _since(record, START + _MINUTE) == [gone]
        assert record.changes.jobs(["ana"], [job.id]) == []
        assert _items(record, job, START - _MINUTE) == []
        assert record.tombstones.replace(stone, None)
        assert _since(record, START + _MINUTE) == []

    def test_an_owner_sees_no_change_of_others(self, record: StateOfRecord) -> None:
        mine, others = submit(record.jobs, a_draft(1)), submit(record.jobs, a_draft(2, owner="bob"))
        stone = delete(record.jobs, submit(record.jobs, a_draft(3, owner="bob")))
        assert _since(record, START) == [Change(START, mine.id, "ana")]
        both = [Change(START, mine.id, "ana"), Change(START, others.id, "bob")]
        gone = Change(START, stone.job_id, "bob", is_gone=True)
        assert list(record.changes.since(["bob", "ana"], START, None, _MOST)) == [*both, gone]
        assert list(record.changes.since(["Ana", "ana "], START, None, _MOST)) == []
        assert record.changes.since([], START, None, _MOST) == []
        assert record.changes.jobs(["ana"], [others.id]) == []
        assert record.changes.jobs(["bob"], [others.id]) == [others]

    def test_pages_of_changes_have_each_once(self, record: StateOfRecord) -> None:
        expected = []
        for number in range(12):
            at = START + _MINUTE * (number // 3)  # three at each instant
            job = submit(record.jobs, a_draft(number), now=at)
            if number % 4 == 1:
                delete(record.jobs, job, at)
            expected.append(Change(at, job.id, "ana", is_gone=number % 4 == 1))
        seen: list[Change] = []
        cursor = None
        while page := record.changes.since(["ana"], START, cursor, 2):
            seen += page
            cursor = ChangeCursor(page[-1].at, page[-1].job_id)
        assert seen == expected

    def test_jobs_come_as_they_are(self, record: StateOfRecord) -> None:
        jobs = [submit(record.jobs, a_draft(number), 2) for number in range(3)]
        claim(record.jobs, a_page(jobs[1]))
        ids = [job.id for job in jobs]
        found = record.changes.jobs(["ana"], [*ids, an_id(99)])
        assert sorted(found, key=lambda job: job.id) == [record.jobs.get(job_id, "ana") for job_id in ids]
        assert record.changes.jobs(["ana"], []) == []

    def test_an_item_has_changed_since_its_first_claim(self, record: StateOfRecord) -> None:
        job = submit(record.jobs, a_draft(), 3)
        assert _items(record, job, START - _MINUTE) == []
        item = claim(record.jobs, a_page(job, 1), START + _MINUTE)
        assert _items(record, job, START) == [(START + _MINUTE, item.id)]
        assert _items(record, job, START + _MINUTE) == []
        finish(record.jobs, item, now=START + 2 * _MINUTE)
        assert _items(record, job, START + _MINUTE) == [(START + 2 * _MINUTE, item.id)]

    def test_an_item_comes_without_its_text(self, record: StateOfRecord) -> None:
        job = submit(record.jobs, a_draft())
        done = finish(record.jobs, claim(record.jobs, a_page(job)), "a long text")
        (changed,) = record.changes.items({job.id: START - TICK}, None, _MOST)
        assert changed.item == replace(done, recognised_text=None)

    def test_a_correction_is_a_change_of_its_page_and_so_is_its_mark(self, record: StateOfRecord) -> None:
        job = submit(record.jobs, a_draft(), 2)
        done, _ = (finish(record.jobs, claim(record.jobs, a_page(job, place))) for place in (0, 1))
        corrected = done.corrected("a text")
        _save(record, corrected, lambda before: before.corrected(corrected, 1, START + _MINUTE))
        assert _since(record, START + _MINUTE) == [Change(START + _MINUTE, job.id, "ana")]
        assert _changed(record, job, START + _MINUTE - TICK) == [(START + _MINUTE, 1, None)]
        marked = corrected.reviewed(START + _MINUTE, "ana")
        for item, reviewed_at in ((marked, START + _MINUTE), (corrected, None)):  # the clock has not gone on since
            before = record.jobs.get(job.id, "ana").last_event_at
            assert before is not None
            _save(record, item, lambda before: before.marked(START + _MINUTE))
            assert _since(record, before + TICK) == [Change(before + TICK, job.id, "ana")]
            assert _changed(record, job, before) == [(before + TICK, 1, reviewed_at)]
        assert record.audit_outbox.waiting(_MOST)[-1].entry.action == "item.corrected"

    def test_what_leaves_no_event_is_no_change(self, record: StateOfRecord) -> None:
        job = submit(record.jobs, a_draft())
        item = claim(record.jobs, a_page(job), START)
        change(record.jobs, item, lambda before: replace(before, lease_until=START + 2 * LEASE), START + _MINUTE)
        assert _since(record, START + _MINUTE) == []
        assert _items(record, job, START + TICK) == []

    def test_a_sweep_changes_the_items_that_it_reaches(self, record: StateOfRecord) -> None:
        job = submit(record.jobs, a_draft(), 3)
        done = finish(record.jobs, claim(record.jobs, a_page(job)))
        before = record.jobs.get(job.id, "ana").last_event_at
        assert before is not None
        _sweep(record, job, Sweep.cancel(START))  # the clock has not gone on since
        after = record.jobs.get(job.id, "ana").last_event_at
        changed = record.changes.items({job.id: before}, None, _MOST)
        assert [(one.at, one.item.position, one.item.error_code) for one in changed] == [
            (after, position, ItemErrorCode.CANCELLED) for position in (1, 2)
        ]
        assert done.id not in {one.item.id for one in changed}

    def test_a_refused_file_is_a_change_of_the_submission(self, record: StateOfRecord) -> None:
        draft = a_draft()
        record.jobs.add(draft)

        def decide(transaction: JobTransaction) -> Item:
            good = a_page(draft)
            bad = replace(a_page(draft, 1), refusal=ItemErrorCode.EMPTY_FILE).submitted(START)
            transaction.add([good, bad])
            transaction.save(transaction.job.submitted(START, 2, refused=1))
            return bad

        bad = record.jobs.transact(draft.id, decide)
        assert _items(record, draft, START - TICK) == [(START, bad.id)]

    def test_items_of_several_jobs_each_since_its_own_instant(self, record: StateOfRecord) -> None:
        jobs = [submit(record.jobs, a_draft(number), 2) for number in range(3)]
        for minutes, job in enumerate(jobs):
            for item in all_items(record.jobs, job):
                claim(record.jobs, item, START + _MINUTE * (1 + minutes))
        since = {jobs[0].id: START + _MINUTE, jobs[2].id: START}
        changed = record.changes.items(since, None, _MOST)
        assert [(one.item.job_id, one.item.position) for one in changed] == [
            (jobs[0].id, 1),  # the second claim at the same instant is one step later
            (jobs[2].id, 0),
            (jobs[2].id, 1),
        ]
        assert record.changes.items({}, None, _MOST) == []

    def test_pages_of_items_have_each_once(self, record: StateOfRecord) -> None:
        job = submit(record.jobs, a_draft(), 7)
        _sweep(record, job, Sweep.cancel(START + _MINUTE))  # all at the same instant
        seen: list[UUID] = []
        cursor = None
        while page := record.changes.items({job.id: START}, cursor, 2):
            seen += [one.item.id for one in page]
            cursor = ChangeCursor(page[-1].at, page[-1].item.id)
        assert seen == [item.id for item in all_items(record.jobs, job)]


def _since(record: StateOfRecord, since: datetime) -> Sequence[Change]:
    return list(record.changes.since(["ana"], since, None, _MOST))


def _items(record: StateOfRecord, job: Job, since: datetime) -> list[tuple[datetime, UUID]]:
    return [(one.at, one.item.id) for one in record.changes.items({job.id: since}, None, _MOST)]


def _changed(record: StateOfRecord, job: Job, since: datetime) -> list[tuple[datetime, int, datetime | None]]:
    """Return when items changed, with their revisions and marks."""
    found = record.changes.items({job.id: since}, None, _MOST)
    return [(one.at, one.item.revision, one.item.reviewed_at) for one in found]


def _save(record: StateOfRecord, item: Item, verb: Callable[[Job], Job]) -> None:
    """Save an item with its job after a verb."""

    def decide(transaction: JobTransaction) -> None:
        assert transaction.item(item.id) is not None
        transaction.save(verb(transaction.job), item)

    record.jobs.transact(item.job_id, decide)


def _sweep(record: StateOfRecord, job: Job, sweep: Sweep) -> None:
    def decide(transaction: JobTransaction) -> None:
        transaction.save(transaction.job.swept(sweep, transaction.sweep(sweep)))

    record.jobs.transact(job.id, decide)
