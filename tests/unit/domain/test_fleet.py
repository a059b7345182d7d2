from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from ocrcore.domain.codes import ItemErrorCode
from ocrcore.domain.fleet import Fleet, Volume, WorkerReport
from ocrcore.domain.item import Item
from ocrcore.domain.job import Job
from ocrcore.domain.lifecycle import RETRYABLE_FAILURES, Counts
from ocrcore.domain.stalled import InProgress
from ocrcore.testing.builders import START, TICK, a_draft, a_page, an_id

NOW = START + timedelta(hours=1)
JOB = a_draft().submitted(START, 3)
BUSY = replace(JOB, counts=Counts(total=3, pending=2, processing=1))
DONE = replace(JOB, counts=Counts(total=3, done=3))
REPORT = WorkerReport(an_id(1), "worker", "host-1", 2, "tesseract 5.3.0", 0.5, NOW)


def fleet(*reports: WorkerReport, pending: int = 3, processing: int = 0, ordered: timedelta | None = None) -> Fleet:
    return Fleet(NOW, reports, Volume(pending, processing, None if ordered is None else NOW - ordered, None))


def put_off(attempts: int, *, ago: float, fault: ItemErrorCode | None = ItemErrorCode.OCR_CRASHED) -> Item:
    return replace(a_page(JOB), attempts=attempts, queued_at=NOW - timedelta(seconds=ago), last_failure=fault)


def test_a_worker_is_live_for_half_a_minute_after_its_report() -> None:
    report = replace(REPORT, seen_at=START)
    assert report.is_live(START + timedelta(seconds=30) - TICK)
    assert not report.is_live(START + timedelta(seconds=30))


def test_a_process_without_slots_reads_nothing() -> None:
    assert not fleet(replace(REPORT, slots=0)).live


def test_a_finished_job_is_blocked_by_nothing() -> None:
    assert fleet().why_waiting(DONE, ()) is None


def test_a_job_in_work_is_blocked_by_nothing() -> None:
    assert fleet(REPORT).why_waiting(BUSY, ()) is None


@pytest.mark.parametrize("job", [JOB, BUSY])
def test_without_a_live_worker_a_job_says_since_when(job: Job) -> None:
    gone = replace(REPORT, seen_at=NOW - timedelta(minutes=5))
    older = replace(gone, id=an_id(2), seen_at=NOW - timedelta(minutes=9))
    why = fleet(older, gone).why_waiting(job, ())
    assert why == (
        "No worker has been running since 2026-01-02 03:59:05 UTC;"
        " the job goes on as soon as one is started (ocrcore worker)."
    )


def test_without_any_worker_ever_a_job_says_so() -> None:
    why = fleet().why_waiting(JOB, ())
    assert why == "No worker has been running yet; the job goes on as soon as one is started (ocrcore worker)."


def test_a_stopped_worker_counts_as_seen_but_not_as_live() -> None:
    assert "since 2026-01-02 04:04:05 UTC" in str(fleet(replace(REPORT, slots=0)).why_waiting(JOB, ()))


def test_a_queue_that_takes_nothing_is_named_after_half_a_minute() -> None:
    assert "The queue has taken no messages since" in str(
        fleet(REPORT, ordered=timedelta(seconds=31)).why_waiting(JOB, ())
    )
    assert "queue" not in str(fleet(REPORT, ordered=timedelta(seconds=30)).why_waiting(JOB, ()))


@pytest.mark.parametrize(
    ("pending", "pace", "sentence"),
    [
        (1, None, "1 page waits for 2 slots."),
        (60, None, "60 pages wait for 2 slots."),
        (120, 0.5, "120 pages wait for 2 slots, less than a minute of work."),
        (960, 0.5, "960 pages wait for 2 slots, about 4 min of work."),
    ],
)
def test_a_backlog_says_how_long_it_is(pending: int, pace: float | None, sentence: str) -> None:
    assert fleet(replace(REPORT, seconds_per_page=pace), pending=pending).why_waiting(JOB, [a_page(JOB)]) == sentence


def test_a_job_whose_pages_all_wait_for_another_attempt_says_when_and_why() -> None:
    why = fleet(REPORT).why_waiting(JOB, [put_off(2, ago=5), put_off(1, ago=5)])
    assert why == "Attempt 2 of 3 at 2026-01-02 04:04:10 UTC, because the engine crashed in the last one."


@pytest.mark.parametrize(
    "others",
    [
        [a_page(JOB)],
        [put_off(1, ago=11)],
        [put_off(1, ago=5, fault=None)],
    ],
)
def test_a_page_that_could_begin_now_is_waited_for_as_any_other(others: Sequence[Item]) -> None:
    assert "slots" in str(fleet(REPORT).why_waiting(JOB, [put_off(1, ago=5), *others]))


@pytest.mark.parametrize("fault", sorted(RETRYABLE_FAILURES))
def test_every_passing_fault_can_be_told(fault: ItemErrorCode) -> None:
    assert "because the" in str(fleet(REPORT).why_waiting(JOB, [put_off(1, ago=5, fault=fault)]))


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


def test_a_pace_that_rounds_to_nothing_divides_nothing() -> None:
    slow = replace(REPORT, slots=1, seconds_per_page=3600.0)
    assert fleet(slow, pending=1).backlog_minutes == 60.0


SERVE = replace(REPORT, id=an_id(9), kind="serve", slots=0, seconds_per_page=None)


def test_a_process_that_only_serves_is_no_worker() -> None:
    gone = replace(REPORT, seen_at=NOW - timedelta(minutes=5))
    assert "since 2026-01-02 03:59:05 UTC" in str(fleet(SERVE, gone).why_waiting(JOB, ()))
    assert "No worker has been running yet" in str(fleet(SERVE).why_waiting(JOB, ()))


def test_a_process_that_served_and_read_is_a_worker_that_stopped() -> None:
    stopped = replace(SERVE, seconds_per_page=0.5, seen_at=NOW - timedelta(minutes=1))
    assert "since 2026-01-02 04:03:05 UTC" in str(fleet(SERVE, stopped).why_waiting(JOB, ()))


@pytest.mark.parametrize("pace", [None, 0.5])
def test_one_slot_is_no_slots(pace: float | None) -> None:
    alone = replace(REPORT, slots=1, seconds_per_page=pace)
    assert "14 pages wait for 1 slot" in str(fleet(alone, pending=14).why_waiting(JOB, [a_page(JOB)]))
    assert "1 slots" not in str(fleet(alone, pending=14).why_waiting(JOB, [a_page(JOB)]))


LAST = replace(JOB, counts=Counts(total=3, done=2, processing=1))


def in_progress(*renewed: float, began: float = 300) -> InProgress:
    """Return pages whose leases were renewed so many seconds ago."""
    page = replace(a_page(JOB), started_at=NOW - timedelta(seconds=began))
    return InProgress(
        [replace(page, lease_until=NOW + timedelta(seconds=60 - ago)) for ago in renewed], timedelta(seconds=60)
    )


@pytest.mark.parametrize("job", [LAST, BUSY])
def test_a_job_whose_worker_renews_its_leases_moves(job: Job) -> None:
    assert fleet(REPORT).why_waiting(job, (), in_progress(30)) is None
    assert fleet(REPORT).why_waiting(job, (), in_progress(31, 30)) is None


def test_a_page_whose_worker_is_silent_is_told_with_the_end_of_its_lease() -> None:
    assert fleet(REPORT).why_waiting(LAST, (), in_progress(31)) == (
        "The worker has not been heard of since 2026-01-02 04:03:34 UTC;"
        " 1 page in work will be taken back when its lease lapses, at 2026-01-02 04:04:34 UTC."
    )


def test_of_several_silent_pages_the_first_that_comes_back_is_told() -> None:
    assert fleet(REPORT).why_waiting(LAST, (), in_progress(31, 41)) == (
        "The worker has not been heard of since 2026-01-02 04:03:34 UTC;"
        " 2 pages in work will be taken back when their lease lapses, at 2026-01-02 04:04:24 UTC."
    )


def test_a_lease_that_lapsed_is_told_until_upkeep_has_seen_it() -> None:
    assert "when its lease lapsed, at 2026-01-02 04:04:04 UTC" in str(
        fleet(REPORT).why_waiting(LAST, (), in_progress(61, began=61))
    )


def test_a_worker_that_has_just_begun_is_not_silent() -> None:
    assert fleet(REPORT).why_waiting(LAST, (), in_progress(45, began=5)) is None


def test_a_short_lease_is_called_silent_before_it_lapses() -> None:
    page = replace(a_page(JOB), lease_until=NOW + timedelta(seconds=2), started_at=START)
    assert "heard" in str(fleet(REPORT).why_waiting(LAST, (), InProgress([page], timedelta(seconds=6))))


def test_pages_that_wait_beside_silent_ones_are_told_as_any_others() -> None:
    assert "3 pages wait for 2 slots" in str(fleet(REPORT).why_waiting(BUSY, [a_page(JOB)], in_progress(31)))


def test_without_a_live_worker_the_end_of_the_lease_is_told_too() -> None:
    gone = replace(REPORT, seen_at=NOW - timedelta(seconds=31))
    assert fleet(gone).why_waiting(LAST, (), in_progress(25)) == (
        "No worker has been running since 2026-01-02 04:03:34 UTC;"
        " 1 page in work will be taken back when its lease lapses, at 2026-01-02 04:04:40 UTC,"
        " and the job goes on as soon as one is started (ocrcore worker)."
    )
