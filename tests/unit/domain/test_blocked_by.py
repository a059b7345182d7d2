"""The sentences that say why a job does not progress."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from ocrcore.domain.blocked_by import WAIT_SENTENCES, InProgress
from ocrcore.domain.blocked_by import why_waiting as why_told
from ocrcore.domain.codes import ItemErrorCode
from ocrcore.domain.fleet import Fleet, Volume, WorkerReport
from ocrcore.domain.item import Item
from ocrcore.domain.job import Job
from ocrcore.domain.lifecycle import RETRYABLE_FAILURES, Counts
from ocrcore.testing.builders import START, a_draft, a_page, an_id

NOW = START + timedelta(hours=1)

JOB = a_draft().submitted(START, 3)

BUSY = replace(JOB, counts=Counts(total=3, pending=2, processing=1))

DONE = replace(JOB, counts=Counts(total=3, done=3))

REPORT = WorkerReport(an_id(1), "worker", "host-1", 2, "tesseract 5.3.0", 0.5, NOW)


def fleet(*reports: WorkerReport, pending: int = 3, processing: int = 0, ordered: timedelta | None = None) -> Fleet:
    return Fleet(NOW, reports, Volume(pending, processing, None if ordered is None else NOW - ordered, None))


def why_waiting(fleet: Fleet, job: Job, pending: Sequence[Item], in_progress: InProgress | None = None) -> str | None:
    """Return the reason in English."""
    why = why_told(fleet, job, pending, in_progress)
    return None if why is None else why.told(WAIT_SENTENCES)


def put_off(attempts: int, *, ago: float, fault: ItemErrorCode | None = ItemErrorCode.OCR_CRASHED) -> Item:
    return replace(a_page(JOB), attempts=attempts, queued_at=NOW - timedelta(seconds=ago), last_failure=fault)


SERVE = replace(REPORT, id=an_id(9), kind="serve", slots=0, seconds_per_page=None)

LAST = replace(JOB, counts=Counts(total=3, done=2, processing=1))


def in_progress(*renewed: float, began: float = 300) -> InProgress:
    """Return pages whose leases were renewed so many seconds ago."""
    page = replace(a_page(JOB), started_at=NOW - timedelta(seconds=began))
    return InProgress(
        [replace(page, lease_until=NOW + timedelta(seconds=60 - ago)) for ago in renewed], timedelta(seconds=60)
    )


def test_a_finished_job_is_blocked_by_nothing() -> None:
    assert why_waiting(fleet(), DONE, ()) is None


def test_a_job_in_work_is_blocked_by_nothing() -> None:
    assert why_waiting(fleet(REPORT), BUSY, ()) is None


@pytest.mark.parametrize("job", [JOB, BUSY])
def test_without_a_live_worker_a_job_says_since_when(job: Job) -> None:
    gone = replace(REPORT, seen_at=NOW - timedelta(minutes=5))
    older = replace(gone, id=an_id(2), seen_at=NOW - timedelta(minutes=9))
    why = why_waiting(fleet(older, gone), job, ())
    assert why == (
        "No worker has been running since 2026-01-02 03:59:05 UTC;"
        " the job goes on as soon as one is started (ocrcore worker)."
    )


def test_without_any_worker_ever_a_job_says_so() -> None:
    why = why_waiting(fleet(), JOB, ())
    assert why == "No worker has been running yet; the job goes on as soon as one is started (ocrcore worker)."


def test_a_stopped_worker_counts_as_seen_but_not_as_live() -> None:
    assert "since 2026-01-02 04:04:05 UTC" in str(why_waiting(fleet(replace(REPORT, slots=0)), JOB, ()))


def test_a_queue_that_takes_nothing_is_named_after_half_a_minute() -> None:
    assert why_waiting(fleet(REPORT, ordered=timedelta(seconds=31)), JOB, ()) == (
        "The queue has taken no messages since 2026-01-02 04:03:34 UTC; they are kept and sent as soon as it does."
    )
    assert "queue" not in str(why_waiting(fleet(REPORT, ordered=timedelta(seconds=30)), JOB, ()))


@pytest.mark.parametrize(
    ("pending", "pace", "sentence"),
    [
        (1, None, "1 page waits for 2 slots."),
        (60, None, "60 pages wait for 2 slots."),
        (216, 0.5, "216 pages wait for 2 slots, less than a minute of work."),
        (240, 0.5, "240 pages wait for 2 slots, about 1 min of work."),
        (960, 0.5, "960 pages wait for 2 slots, about 4 min of work."),
    ],
)
def test_a_backlog_says_how_long_it_is(pending: int, pace: float | None, sentence: str) -> None:
    page = replace(a_page(JOB), queued_at=NOW)
    assert why_waiting(fleet(replace(REPORT, seconds_per_page=pace), pending=pending), JOB, [page]) == sentence


@pytest.mark.parametrize(
    ("page", "sentence"),
    [
        (
            put_off(0, ago=121, fault=None),
            "2 pages wait, and 1 slot is free; if a message was lost, it is sent again at",
        ),
        (put_off(0, ago=120, fault=None), "2 pages wait for 2 slots, less than a minute of work."),
        (put_off(1, ago=131), "2 pages wait, and 1 slot is free; if a message was lost, it is sent again at"),
        (put_off(1, ago=130), "2 pages wait for 2 slots, less than a minute of work."),
    ],
)
def test_a_page_that_waits_for_long_beside_a_free_slot_may_have_lost_its_message(page: Item, sentence: str) -> None:
    why = str(why_waiting(fleet(REPORT, pending=2, processing=1), JOB, [page]))
    assert why.startswith(sentence)
    busy = why_waiting(fleet(REPORT, pending=2, processing=2), JOB, [page])
    assert busy == "2 pages wait for 2 slots, less than a minute of work."
    long = why_waiting(fleet(REPORT, pending=960, processing=1), JOB, [page])
    assert long == "960 pages wait for 2 slots, about 4 min of work."


def test_a_message_is_sent_again_when_upkeep_takes_it_for_lost() -> None:
    page = put_off(0, ago=121, fault=None)
    assert str(why_waiting(fleet(REPORT), JOB, [page])).endswith("it is sent again at 2026-01-02 04:17:04 UTC.")
    again = replace(page, requeues=1)
    assert str(why_waiting(fleet(REPORT), JOB, [again])).endswith("it is sent again at 2026-01-02 04:32:04 UTC.")
    due = replace(page, queued_at=START)
    assert str(why_waiting(fleet(REPORT), JOB, [due])).endswith("it is sent again at 2026-01-02 04:04:05 UTC.")


def test_a_job_whose_pages_all_wait_for_another_attempt_says_when_and_why() -> None:
    why = why_waiting(fleet(REPORT), JOB, [put_off(2, ago=5), put_off(1, ago=5)])
    assert why == "Attempt 2 of 3 at 2026-01-02 04:04:10 UTC, because the engine crashed in the last one."


@pytest.mark.parametrize(
    "others",
    [
        [a_page(JOB)],
        [put_off(1, ago=10)],
        [put_off(1, ago=11)],
        [put_off(1, ago=5, fault=None)],
    ],
)
def test_a_page_that_could_begin_now_is_waited_for_as_any_other(others: Sequence[Item]) -> None:
    assert "slots" in str(why_waiting(fleet(REPORT), JOB, [put_off(1, ago=5), *others]))


@pytest.mark.parametrize("fault", sorted(RETRYABLE_FAILURES))
def test_every_passing_fault_can_be_told(fault: ItemErrorCode) -> None:
    assert "because the" in str(why_waiting(fleet(REPORT), JOB, [put_off(1, ago=5, fault=fault)]))


def test_a_process_that_only_serves_is_no_worker() -> None:
    gone = replace(REPORT, seen_at=NOW - timedelta(minutes=5))
    assert "since 2026-01-02 03:59:05 UTC" in str(why_waiting(fleet(SERVE, gone), JOB, ()))
    assert "No worker has been running yet" in str(why_waiting(fleet(SERVE), JOB, ()))


def test_a_process_that_served_and_read_is_a_worker_that_stopped() -> None:
    stopped = replace(SERVE, seconds_per_page=0.5, seen_at=NOW - timedelta(minutes=1))
    assert "since 2026-01-02 04:03:05 UTC" in str(why_waiting(fleet(SERVE, stopped), JOB, ()))


@pytest.mark.parametrize("pace", [None, 0.5])
def test_one_slot_is_no_slots(pace: float | None) -> None:
    alone = replace(REPORT, slots=1, seconds_per_page=pace)
    page = replace(a_page(JOB), queued_at=NOW)
    assert "14 pages wait for 1 slot" in str(why_waiting(fleet(alone, pending=14), JOB, [page]))
    assert "1 slots" not in str(why_waiting(fleet(alone, pending=14), JOB, [page]))


@pytest.mark.parametrize("job", [LAST, BUSY])
def test_a_job_whose_worker_renews_its_leases_moves(job: Job) -> None:
    assert why_waiting(fleet(REPORT), job, (), in_progress(30)) is None
    assert why_waiting(fleet(REPORT), job, (), in_progress(31, 30)) is None


#: Another worker, that was last seen while it still renewed its leases.
DEAD = replace(REPORT, id=an_id(2), host="host-2", seen_at=NOW - timedelta(seconds=28))


def test_a_page_whose_worker_is_silent_is_told_with_the_end_of_its_lease_and_no_name_of_a_machine() -> None:
    assert why_waiting(fleet(REPORT, DEAD), LAST, (), in_progress(31)) == (
        "1 page is with a worker, not heard of since 2026-01-02 04:03:34 UTC; free again at 2026-01-02 04:04:34 UTC."
    )


def test_a_lease_that_ends_now_has_lapsed() -> None:
    assert "the lease lapsed at" in str(why_waiting(fleet(REPORT), LAST, (), in_progress(60)))


def test_where_every_worker_is_overdue_no_page_waits_for_a_slot() -> None:
    assert str(why_waiting(fleet(DEAD, processing=1), BUSY, [a_page(JOB)], in_progress(31))).endswith("then, too.")


def test_of_several_silent_pages_the_first_that_comes_back_is_told() -> None:
    twice = replace(DEAD, id=an_id(3), seen_at=NOW - timedelta(seconds=40))
    assert why_waiting(fleet(REPORT, DEAD, twice), LAST, (), in_progress(31, 41)) == (
        "2 pages are with a worker, not heard of since 2026-01-02 04:03:34 UTC; free again at 2026-01-02 04:04:24 UTC."
    )


def test_a_lease_that_lapsed_is_told_until_upkeep_has_seen_it() -> None:
    assert "free again in a few seconds, because the lease lapsed at 2026-01-02 04:04:04 UTC" in str(
        why_waiting(fleet(REPORT), LAST, (), in_progress(61, began=61))
    )


def test_a_worker_that_has_just_begun_is_not_silent() -> None:
    assert why_waiting(fleet(REPORT), LAST, (), in_progress(45, began=5)) is None


def test_a_short_lease_is_called_silent_before_it_lapses() -> None:
    page = replace(a_page(JOB), lease_until=NOW + timedelta(seconds=2), started_at=START)
    assert "heard" in str(why_waiting(fleet(REPORT), LAST, (), InProgress([page], timedelta(seconds=6))))


@pytest.mark.parametrize(
    ("processing", "pending", "others"),
    [
        (2, a_page(JOB), "Pages that it took ahead are free again about then, too."),
        (3, a_page(JOB), "3 pages wait for 2 slots, less than a minute of work."),
        (2, put_off(1, ago=5, fault=ItemErrorCode.OCR_TIMEOUT), "Attempt 2 of 3 at 2026-01-02 04:04:10 UTC, because"),
    ],
)
def test_before_the_pages_that_wait_the_silent_ones_are_told(processing: int, pending: Item, others: str) -> None:
    """Slots may be free meanwhile, because the silent worker has the messages of those that wait."""
    why = why_waiting(fleet(REPORT, DEAD, processing=processing), BUSY, [pending], in_progress(31))
    assert str(why).startswith(
        "1 page is with a worker, not heard of since 2026-01-02 04:03:34 UTC;"
        f" free again at 2026-01-02 04:04:34 UTC. {others}"
    )


def test_a_queue_that_takes_nothing_is_told_beside_silent_pages() -> None:
    stuck = fleet(REPORT, ordered=timedelta(seconds=31))
    assert str(why_waiting(stuck, BUSY, [a_page(JOB)], in_progress(31))).endswith("sent as soon as it does.")


def test_without_a_live_worker_the_end_of_the_lease_is_told_too() -> None:
    gone = replace(REPORT, seen_at=NOW - timedelta(seconds=31))
    assert why_waiting(fleet(gone), LAST, (), in_progress(25)) == (
        "No worker has been running since 2026-01-02 04:03:34 UTC;"
        " 1 page in work will be taken back when its lease lapses, at 2026-01-02 04:04:40 UTC,"
        " and the job goes on as soon as one is started (ocrcore worker)."
    )
