from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from ocrcore.domain.job_row import JobRow, StoredState
from ocrcore.domain.lifecycle import Counts, JobStatus
from unit.domain.examples import EARLIER, JOB_ID, NOW, TICK

OPEN = StoredState(JobStatus.PROCESSING, 15, pending=1, processing=2, done=4, error=8, expired=3, finished_at=None)
ENDED = StoredState(JobStatus.EXPIRED, 5, pending=0, processing=0, done=3, error=2, expired=1, finished_at=EARLIER)
OPEN_ROW = JobRow(JOB_ID, EARLIER, OPEN, Counts(15, pending=1, processing=2, done=4, error=8, expired=3), EARLIER)
ENDED_ROW = JobRow(JOB_ID, EARLIER, ENDED, Counts(5, done=3, error=2, expired=1), EARLIER - TICK)


@pytest.mark.parametrize(
    ("state", "summary"),
    [
        (OPEN, "PROCESSING, not finished, 15 items: 1 pending, 2 processing, 4 done, 8 error, 3 of them expired"),
        (ENDED, "EXPIRED, finished, 5 items: 0 pending, 0 processing, 3 done, 2 error, 1 of them expired"),
    ],
)
def test_a_stored_state_is_summed_up_in_a_line(state: StoredState, summary: str) -> None:
    assert str(state) == summary


@pytest.mark.parametrize("row", [OPEN_ROW, ENDED_ROW])
def test_a_row_that_agrees_with_its_items_is_left_as_it_is(row: JobRow) -> None:
    assert row.is_consistent(NOW)
    assert row.expected(NOW) == row.stored


@pytest.mark.parametrize("field", ["total", "pending", "processing", "done", "error", "expired"])
def test_a_number_that_differs_from_the_items_is_noticed(field: str) -> None:
    numbers: dict[str, Any] = {field: 9}
    wrong = replace(OPEN_ROW, stored=replace(OPEN, **numbers))
    assert not wrong.is_consistent(NOW)
    assert wrong.expected(NOW) == OPEN


def test_a_status_that_differs_from_the_items_is_noticed() -> None:
    wrong = replace(ENDED_ROW, stored=replace(ENDED, status=JobStatus.ERROR))
    assert not wrong.is_consistent(NOW)
    assert wrong.expected(NOW) == ENDED


def test_an_open_job_has_no_end() -> None:
    assert replace(OPEN_ROW, stored=replace(OPEN, finished_at=NOW)).expected(NOW) == OPEN


@pytest.mark.parametrize(("latest_end", "end"), [(EARLIER, EARLIER), (None, NOW)])
def test_a_missing_end_is_that_of_the_latest_item_or_else_now(latest_end: datetime | None, end: datetime) -> None:
    row = replace(ENDED_ROW, stored=replace(ENDED, finished_at=None), latest_end=latest_end)
    assert not row.is_consistent(NOW)
    assert row.expected(NOW) == replace(ENDED, finished_at=end)


@pytest.mark.parametrize(("total", "lacks"), [(4, False), (5, False), (6, True)])
def test_a_row_that_counts_more_items_than_exist_lacks_some(total: int, lacks: bool) -> None:  # noqa: FBT001 - a column
    assert replace(ENDED_ROW, stored=replace(ENDED, total=total)).lacks_items is lacks
