"""The contract of ``RowScan``."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import pytest

from ocrcore.domain.codes import ItemErrorCode
from ocrcore.domain.errors import JobNotFound
from ocrcore.domain.item import Item, Sweep
from ocrcore.domain.item_row import ItemRow, Place
from ocrcore.domain.job import Job
from ocrcore.domain.job_row import JobRow, StoredState
from ocrcore.domain.lifecycle import Counts, JobStatus
from ocrcore.ports.jobs import JobTransaction
from ocrcore.ports.row_scan import BEGINNING, NIL, RowScan
from ocrcore.testing.builders import (
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
from ocrcore.testing.jobs_races import at_once

_WRONG = StoredState(JobStatus.ERROR, 3, 0, 0, 2, 1, 0, START)


@dataclass(frozen=True, slots=True)
class Office:
    """The port, and the other ports of its database."""

    row_scan: RowScan
    record: StateOfRecord


class RowScanContract:
    """The contract of ``RowScan``. Override the fixture ``office``."""

    @pytest.fixture
    def office(self) -> Office:
        """Return the adapter under test, on an empty database."""
        raise NotImplementedError

    def test_an_empty_database_has_no_rows(self, office: Office) -> None:
        assert list(office.row_scan.jobs(NIL, 10)) == []
        assert list(office.row_scan.items(BEGINNING, 10)) == []

    def test_the_row_of_a_draft_counts_nothing(self, office: Office) -> None:
        office.record.jobs.add(a_draft())
        (row,) = office.row_scan.jobs(NIL, 10)
        nothing = StoredState(JobStatus.PENDING, 0, 0, 0, 0, 0, 0, None)
        assert row == JobRow(an_id(1), None, nothing, Counts(), None, owner="ana")

    def test_a_row_tells_whether_uploads_may_be_left(self, office: Office) -> None:
        office.record.jobs.add(an_announced_draft(1))
        office.record.jobs.add(a_draft(2))
        assert [row.has_uploads for row in office.row_scan.jobs(NIL, 10)] == [True, False]

    def test_a_job_at_work_agrees_with_its_items(self, office: Office) -> None:
        jobs = office.record.jobs
        job = submit(jobs, a_draft(), 5)
        pages = all_items(jobs, job)
        claim(jobs, pages[0])
        finish(jobs, claim(jobs, pages[1]), now=START + 2 * TICK)
        _fail(office, claim(jobs, pages[2]))
        (row,) = office.row_scan.jobs(NIL, 10)
        assert row.stored == StoredState(JobStatus.PROCESSING, 5, 2, 1, 1, 1, 0, None)
        assert row.counted == Counts(total=5, pending=2, processing=1, done=1, error=1)
        assert (row.submitted_at, row.latest_end) == (START, START + 2 * TICK)
        assert row.is_consistent(START)

    def test_what_expired_is_counted_as_error_and_by_itself(self, office: Office) -> None:
        job = submit(office.record.jobs, a_draft(), 3)
        _fail(office, claim(office.record.jobs, a_page(job)))
        _expire(office, job)
        (row,) = office.row_scan.jobs(NIL, 10)
        assert row.counted == Counts(total=3, error=3, expired=2)
        assert row.stored.status is JobStatus.EXPIRED
        assert row.is_consistent(START)

    def test_a_job_counts_its_own_items_only(self, office: Office) -> None:
        for number in (1, 2, 3):
            submit(office.record.jobs, a_draft(number), number)
        rows = office.row_scan.jobs(NIL, 10)
        assert [(row.job_id, row.counted.total) for row in rows] == [
            (an_id(1), 1),
            (an_id(2), 2),
            (an_id(3), 3),
        ]

    def test_job_rows_come_by_id_in_pages(self, office: Office) -> None:
        for number in (3, 1, 5, 2, 4):
            office.record.jobs.add(a_draft(number, owner=f"owner-{number}"))
        found: list[UUID] = []
        while page := office.row_scan.jobs(found[-1] if found else NIL, 2):
            found += [row.job_id for row in page]
            assert len(found) <= 5
        assert found == [an_id(number) for number in (1, 2, 3, 4, 5)]

    def test_a_scan_of_jobs_may_start_between_ids(self, office: Office) -> None:
        office.record.jobs.add(a_draft(5))
        assert [row.job_id for row in office.row_scan.jobs(an_id(3), 10)] == [an_id(5)]
        assert list(office.row_scan.jobs(an_id(5), 10)) == []

    def test_an_item_row_agrees_with_its_item(self, office: Office) -> None:
        jobs = office.record.jobs
        job = submit(jobs, a_draft(), 4)
        pages = all_items(jobs, job)
        claim(jobs, pages[1])
        finish(jobs, claim(jobs, pages[2]))
        _fail(office, claim(jobs, pages[3]))
        assert list(office.row_scan.items(BEGINNING, 10)) == [_row_of(item) for item in all_items(jobs, job)]

    def test_item_rows_come_by_job_and_position_in_pages(self, office: Office) -> None:
        for number, pages in ((2, 3), (1, 4), (3, 1)):
            submit(office.record.jobs, a_draft(number), pages)
        found: list[Place] = []
        while page := office.row_scan.items(found[-1] if found else BEGINNING, 3):
            found += [item.place for item in page]
            assert len(found) <= 8
        assert found == [
            Place(an_id(number), position) for number, pages in ((1, 4), (2, 3), (3, 1)) for position in range(pages)
        ]

    def test_a_scan_of_items_may_start_between_places(self, office: Office) -> None:
        for number in (1, 3):
            submit(office.record.jobs, a_draft(number), 2)
        assert office.row_scan.items(Place(an_id(2), 7), 1)[0].place == Place(an_id(3), 0)
        assert office.row_scan.items(Place(an_id(1), 1), 1)[0].place == Place(an_id(3), 0)
        assert list(office.row_scan.items(Place(an_id(3), 1), 1)) == []

    def test_a_deleted_job_has_no_rows(self, office: Office) -> None:
        delete(office.record.jobs, submit(office.record.jobs, a_draft(), 2))
        assert list(office.row_scan.jobs(NIL, 10)) == []
        assert list(office.row_scan.items(BEGINNING, 10)) == []
        with pytest.raises(JobNotFound):
            office.row_scan.correct(an_id(1), lambda _: None)

    def test_the_decided_state_is_written_to_the_row(self, office: Office) -> None:
        job = submit(office.record.jobs, a_draft(), 3)
        given = office.row_scan.correct(job.id, lambda _: _WRONG)
        assert given.stored == StoredState(JobStatus.PENDING, 3, 3, 0, 0, 0, 0, None)
        (row,) = office.row_scan.jobs(NIL, 10)
        assert row.stored == _WRONG
        assert row.counted == given.counted
        assert not row.is_consistent(START)
        stored = office.record.jobs.get(job.id, "ana")
        assert (stored.counts, stored.finished_at) == (Counts(total=3, done=2, error=1), START)

    def test_the_row_can_be_made_right_again_and_nothing_else_is_touched(self, office: Office) -> None:
        job = submit(office.record.jobs, a_draft(), 3)
        items = all_items(office.record.jobs, job)
        office.row_scan.correct(job.id, lambda _: _WRONG)
        office.row_scan.correct(job.id, lambda row: row.expected(START))
        assert office.record.jobs.get(job.id, "ana") == job
        assert all_items(office.record.jobs, job) == items

    def test_to_decide_nothing_changes_nothing(self, office: Office) -> None:
        job = submit(office.record.jobs, a_draft(), 2)
        row = office.row_scan.correct(job.id, lambda _: None)
        assert row.counted == job.counts
        assert office.record.jobs.get(job.id, "ana") == job

    def test_an_error_in_a_decision_changes_nothing(self, office: Office) -> None:
        job = submit(office.record.jobs, a_draft(), 2)

        def decide(_: JobRow) -> StoredState:
            raise ArithmeticError

        with pytest.raises(ArithmeticError):
            office.row_scan.correct(job.id, decide)
        assert office.record.jobs.get(job.id, "ana") == job

    def test_a_correction_among_changes_never_sees_half_of_one(self, office: Office) -> None:
        jobs = office.record.jobs
        job = submit(jobs, a_draft(), 8)
        pages = all_items(jobs, job)

        def work(*mine: Item) -> None:
            for page in mine:
                finish(jobs, claim(jobs, page))

        def look() -> list[bool]:
            return [
                office.row_scan.correct(job.id, lambda row: row.expected(START)).is_consistent(START) for _ in range(12)
            ]

        def workers(*mine: Item) -> Callable[[], object]:
            return lambda: work(*mine)

        _, _, seen = at_once(workers(*pages[:4]), workers(*pages[4:]), look)
        assert seen == [True] * 12
        assert jobs.get(job.id, "ana").counts == Counts(total=8, done=8)


def _fail(office: Office, item: Item) -> Item:
    return change(
        office.record.jobs, item, lambda before: before.failed(item.attempts, START, ItemErrorCode.IMAGE_CORRUPT)
    )


def _expire(office: Office, job: Job) -> None:
    def decide(transaction: JobTransaction) -> None:
        sweep = Sweep.expire(START + timedelta(days=2))
        transaction.save(transaction.job.swept(sweep, transaction.sweep(sweep)))

    office.record.jobs.transact(job.id, decide)


def _row_of(item: Item) -> ItemRow:
    return ItemRow(
        place=Place(item.job_id, item.position),
        item_id=item.id,
        s3_key=item.s3_key,
        page=item.page,
        status=item.status,
        attempts=item.attempts,
        attempts_limit=item.attempts_limit,
        lease_until=item.lease_until,
        error_code=item.error_code,
        has_text=item.ocr_text is not None,
        engine=item.engine,
        layout_key=item.layout_key,
        finished_at=item.finished_at,
    )
