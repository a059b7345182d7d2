import re
from dataclasses import fields
from itertools import product

import pytest

from ocrcore.domain.lifecycle import Counts, JobStatus, job_status

LARGEST = 4


def specified(total: int, pending: int, processing: int, error: int, expired: int) -> str:
    """The pseudo code of the specification, word for word."""
    if total == 0 or pending + processing > 0:
        return "PENDING" if pending == total else "PROCESSING"
    if expired > 0:
        return "EXPIRED"
    if error > 0:
        return "ERROR"
    return "DONE"


def all_counts() -> list[tuple[int, ...]]:
    """Total, pending, processing, done, error, expired: every sum of up to four items."""
    parts = product(range(LARGEST + 1), repeat=5)
    return [(sum(p[:4]), *p) for p in parts if sum(p[:4]) <= LARGEST and p[4] <= p[3]]


def test_the_status_is_what_the_specification_says_for_every_job_of_up_to_four_items() -> None:
    for total, pending, processing, done, error, expired in all_counts():
        counts = Counts(total, pending, processing, done, error, expired)
        assert job_status(counts) == specified(total, pending, processing, error, expired), counts


@pytest.mark.parametrize(
    ("counts", "status"),
    [
        (Counts(), JobStatus.PENDING),
        (Counts(2, pending=2), JobStatus.PENDING),
        (Counts(2, pending=1, processing=1), JobStatus.PROCESSING),
        (Counts(2, pending=1, done=1), JobStatus.PROCESSING),
        (Counts(2, pending=1, error=1, expired=1), JobStatus.PROCESSING),
        (Counts(2, processing=2), JobStatus.PROCESSING),
        (Counts(2, done=2), JobStatus.DONE),
        (Counts(2, done=1, error=1), JobStatus.ERROR),
        (Counts(2, error=2), JobStatus.ERROR),
        (Counts(2, done=1, error=1, expired=1), JobStatus.EXPIRED),
        (Counts(2, error=2, expired=1), JobStatus.EXPIRED),
    ],
)
def test_a_job_stands_as_its_items_do(counts: Counts, status: JobStatus) -> None:
    assert job_status(counts) is status


@pytest.mark.parametrize(
    "numbers",
    [
        (1, 0, 0, 0, 0, 0),
        (0, 1, 0, 0, 0, 0),
        (2, 1, 0, 0, 0, 0),
        (0, 1, -1, 0, 0, 0),
        (0, -1, 1, 0, 0, 0),
        (0, 0, 1, -1, 0, 0),
        (0, 0, 0, 1, -1, -1),
        (1, 0, 0, 1, 0, 1),
        (1, 0, 0, 0, 1, 2),
        (1, 0, 0, 0, 1, -1),
    ],
)
def test_counts_that_no_job_can_have_do_not_exist(numbers: tuple[int, int, int, int, int, int]) -> None:
    listed = ", ".join(f"{field.name}={number}" for field, number in zip(fields(Counts), numbers, strict=True))
    with pytest.raises(ValueError, match=f"^{re.escape(f'counts do not add up: Counts({listed})')}$"):
        Counts(*numbers)


def test_the_statuses_are_the_specified_ones() -> None:
    assert [*JobStatus] == ["PENDING", "PROCESSING", "DONE", "ERROR", "EXPIRED"]
