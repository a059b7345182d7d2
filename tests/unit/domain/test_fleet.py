from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from ocrcore.domain.fleet import Fleet, Volume, WorkerReport
from ocrcore.testing.builders import START, TICK, an_id

NOW = START + timedelta(hours=1)

REPORT = WorkerReport(an_id(1), "worker", "host-1", 2, "tesseract 5.3.0", 0.5, NOW)


def fleet(*reports: WorkerReport, pending: int = 3, processing: int = 0, ordered: timedelta | None = None) -> Fleet:
    return Fleet(NOW, reports, Volume(pending, processing, None if ordered is None else NOW - ordered, None))


def test_a_worker_is_live_for_half_a_minute_after_its_report() -> None:
    report = replace(REPORT, seen_at=START)
    assert report.is_live(START + timedelta(seconds=30) - TICK)
    assert not report.is_live(START + timedelta(seconds=30))


def test_a_process_without_slots_reads_nothing() -> None:
    assert not fleet(replace(REPORT, slots=0)).live


@pytest.mark.parametrize(
    ("read", "value"),
    [
        (lambda fleet: fleet.slots, 5),
        (lambda fleet: fleet.pages_per_minute, 300.0),
        (lambda fleet: fleet.backlog_minutes, 0.3),
    ],
)
def test_figures_add_up_over_live_workers(read: Callable[[Fleet], float], value: float) -> None:
    reports = [
        REPORT,
        replace(REPORT, id=an_id(2), slots=1, seconds_per_page=1.0),
        replace(REPORT, id=an_id(3), slots=2, seconds_per_page=None),
        replace(REPORT, id=an_id(4), slots=9, seen_at=START),
    ]
    assert read(fleet(*reports, pending=90, processing=10)) == value


def test_without_a_measure_nothing_is_estimated() -> None:
    nothing = fleet(replace(REPORT, seconds_per_page=None))
    assert (nothing.pages_per_minute, nothing.backlog_minutes) == (None, None)


@pytest.mark.parametrize(
    ("reports", "minutes"),
    [
        ((REPORT,), 0.5),  # 120 pages, 4 a second
        ((REPORT, replace(REPORT, id=an_id(2))), 0.25),
        ((replace(REPORT, seconds_per_page=None),), 5.0),  # each of 2 slots is taken to need 5 s
        ((), 10.0),
        ((replace(REPORT, seen_at=START),), 10.0),
    ],
)
def test_the_time_to_clear_is_always_known(reports: tuple[WorkerReport, ...], minutes: float) -> None:
    assert fleet(*reports, pending=100, processing=20).minutes_to_clear == minutes


def test_a_pace_that_rounds_to_nothing_divides_nothing() -> None:
    slow = replace(REPORT, slots=1, seconds_per_page=3600.0)
    assert fleet(slow, pending=1).backlog_minutes == 60.0
