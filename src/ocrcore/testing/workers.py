"""The contract of ``Workers``."""

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from ocrcore.domain.fleet import BeingRead, Volume, WorkerReport
from ocrcore.domain.lifecycle import ItemStatus, JobStatus
from ocrcore.ports.workers import Workers
from ocrcore.testing.builders import (
    LEASE,
    START,
    TICK,
    StateOfRecord,
    a_draft,
    all_items,
    an_id,
    change,
    claim,
    finish,
    force,
    submit,
)

_REPORT = WorkerReport(an_id(1), "worker", "host-1", 2, "tesseract 5.3.0", 0.25, START, documents=True)


@dataclass(frozen=True, slots=True)
class Staff:
    """The port, and the other ports of its database."""

    workers: Workers
    record: StateOfRecord


class WorkersContract:
    """The contract of ``Workers``. Override the fixture ``staff``."""

    @pytest.fixture
    def staff(self) -> Staff:
        raise NotImplementedError

    def test_a_report_comes_back_as_it_was(self, staff: Staff) -> None:
        for report in (
            _REPORT,
            replace(_REPORT, id=an_id(2), seconds_per_page=None, slots=0, seen_at=START - TICK, documents=False),
        ):
            staff.workers.report(report)
        assert list(staff.workers.reports(10)) == [
            _REPORT,
            replace(_REPORT, id=an_id(2), seconds_per_page=None, slots=0, seen_at=START - TICK, documents=False),
        ]

    def test_a_process_has_one_report_its_last(self, staff: Staff) -> None:
        staff.workers.report(_REPORT)
        staff.workers.report(_REPORT)
        later = replace(_REPORT, slots=0, seen_at=START + TICK)
        staff.workers.report(later)
        assert list(staff.workers.reports(10)) == [later]

    def test_only_so_many_are_returned_and_the_newest_first(self, staff: Staff) -> None:
        for number in range(5):
            staff.workers.report(replace(_REPORT, id=an_id(number), seen_at=START + number * TICK))
        assert [report.id for report in staff.workers.reports(2)] == [an_id(4), an_id(3)]

    def test_reports_older_than_the_instant_are_forgotten(self, staff: Staff) -> None:
        staff.workers.report(_REPORT)
        staff.workers.forget(START)
        assert len(staff.workers.reports(10)) == 1
        staff.workers.forget(START + TICK)
        assert not staff.workers.reports(10)

    def test_nothing_is_open_at_first(self, staff: Staff) -> None:
        assert staff.workers.volume() == Volume(0, 0, None, None)
        totals = staff.workers.totals()
        assert totals.jobs == dict.fromkeys(JobStatus, 0)
        assert totals.items == dict.fromkeys(ItemStatus, 0)

    def test_what_is_open_is_counted_over_all_owners_but_no_draft(self, staff: Staff) -> None:
        jobs = staff.record.jobs
        first = submit(jobs, a_draft(1, owner="ana"), 3)
        submit(jobs, a_draft(2, owner="bob"), 2)
        jobs.add(a_draft(3))
        done, begun, _ = all_items(jobs, first)
        finish(jobs, claim(jobs, done))
        claim(jobs, begun)
        assert staff.workers.volume() == Volume(3, 1, None, START)
        totals = staff.workers.totals()
        assert {status: number for status, number in totals.jobs.items() if number} == {
            JobStatus.PENDING: 1,
            JobStatus.PROCESSING: 1,
        }
        assert totals.items == {
            ItemStatus.PENDING: 3,
            ItemStatus.PROCESSING: 1,
            ItemStatus.DONE: 1,
            ItemStatus.ERROR: 0,
        }

    def test_the_page_that_waits_longest_is_known_however_often_it_was_requeued(self, staff: Staff) -> None:
        jobs = staff.record.jobs
        late = submit(jobs, a_draft(1), 1, now=START + TICK)
        force(jobs, [replace(all_items(jobs, late)[0], queued_at=START - TICK, requeues=3)])
        submit(jobs, a_draft(2), 1, now=START)
        assert staff.workers.volume().oldest_pending_at == START - TICK

    def test_the_oldest_message_that_is_not_sent_is_known(self, staff: Staff) -> None:
        jobs = staff.record.jobs
        submit(jobs, a_draft(1), 2, now=START + TICK, order=True)
        submit(jobs, a_draft(2), 1, now=START, order=True)
        assert staff.workers.volume().oldest_order_at == START

    def test_the_pages_that_are_being_read_are_named_with_their_workers(self, staff: Staff) -> None:
        jobs = staff.record.jobs
        first, other = submit(jobs, a_draft(1, owner="ana"), 3), submit(jobs, a_draft(2, owner="bob"), 1)
        done, late, _ = all_items(jobs, first)
        (early,) = all_items(jobs, other)
        finish(jobs, claim(jobs, done))
        change(jobs, late, lambda item: item.claim(START + 2 * TICK, LEASE, an_id(7)))
        change(jobs, early, lambda item: item.claim(START + TICK, LEASE))
        pages = [
            BeingRead(other.id, early.id, "bob", 0, None, START + TICK),
            BeingRead(first.id, late.id, "ana", 1, an_id(7), START + 2 * TICK),
        ]
        assert list(staff.workers.being_read(10)) == pages
        assert len(staff.workers.being_read(1)) == 1
        finish(jobs, all_items(jobs, other)[0])
        assert list(staff.workers.being_read(10)) == pages[1:]

    def test_pages_are_counted_in_the_minute_in_which_they_were_read(self, staff: Staff) -> None:
        jobs = staff.record.jobs
        minute = START.replace(second=0, microsecond=0) + timedelta(minutes=5)
        at = [minute - TICK, minute, minute + timedelta(seconds=59), minute + timedelta(minutes=1), None]
        for number, owner in enumerate(("ana", "bob")):
            job = submit(jobs, a_draft(number + 1, owner=owner), len(at))
            for place, (item, instant) in enumerate(zip(all_items(jobs, job), at, strict=True)):
                if instant is None:
                    continue
                finish(jobs, claim(jobs, item))
                done = all_items(jobs, job)[place]
                force(jobs, [replace(done, finished_at=instant, is_indexed=bool(place % 2))])
        since = minute - timedelta(minutes=1)
        assert staff.workers.read_by_minute(since) == {
            since: 2,
            minute: 4,
            minute + timedelta(minutes=1): 2,
        }
        assert staff.workers.read_by_minute(minute) == {minute: 4, minute + timedelta(minutes=1): 2}
        assert staff.workers.read_by_minute(minute + timedelta(hours=1)) == {}
