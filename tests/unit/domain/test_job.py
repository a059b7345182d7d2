from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocrcore.domain.codes import ItemErrorCode
from ocrcore.domain.errors import JobFinished, JobOpen
from ocrcore.domain.item import Item, Sweep
from ocrcore.domain.job import Job
from ocrcore.domain.lifecycle import Counts, ItemStatus, JobStatus, is_overdue
from ocrcore.domain.time_limits import DRAFT_LIFE
from ocrcore.domain.uploads import Uploads
from unit.domain.examples import EARLIER, LAYOUT, LAYOUT_KEY, LEASE, NOW, TICK, done, failed, job, pending, processing

EXPIRED = ItemErrorCode.EXPIRED

ITEMS = st.lists(
    st.sampled_from([pending(), processing(), processing(lease_until=NOW), done(), failed(), failed(code=EXPIRED)]),
    min_size=1,
    max_size=6,
)
SWEEPS = st.sampled_from([Sweep.expire(NOW), Sweep.cancel(NOW), Sweep.retry(NOW, allowance=3)])


def recount(items: list[Item]) -> Counts:
    number = Counter(item.status for item in items)
    return Counts(
        total=len(items),
        pending=number[ItemStatus.PENDING],
        processing=number[ItemStatus.PROCESSING],
        done=number[ItemStatus.DONE],
        error=number[ItemStatus.ERROR],
        expired=sum(item.error_code is EXPIRED for item in items),
    )


def of(items: list[Item]) -> Job:
    example = job(recount(items))
    return replace(example, finished_at=None if example.is_open else EARLIER)


def step(item: Item) -> Item:
    """Take one step from wherever the item stands."""
    match item.status:
        case ItemStatus.PENDING:
            return item.claim(NOW, LEASE)
        case ItemStatus.PROCESSING if item.lease_until == NOW:
            return item.lease_lapsed(NOW)
        case ItemStatus.PROCESSING:
            return item.recognised(item.attempts, NOW, LAYOUT, LAYOUT_KEY)
        case ItemStatus.ERROR:
            return item.swept(Sweep.retry(NOW, 3))
        case ItemStatus.DONE:
            return item


@given(items=ITEMS, moving=st.sets(st.integers(0, 5)))
def test_counting_changes_equals_counting_anew(items: list[Item], moving: set[int]) -> None:
    after = [step(item) if place in moving else item for place, item in enumerate(items)]
    changes = [(old, new) for place, (old, new) in enumerate(zip(items, after, strict=True)) if place in moving]
    moved = of(items).moved(changes, NOW)
    assert moved.counts == recount(after)
    assert (moved.finished_at is None) == moved.is_open


@given(items=ITEMS, sweep=SWEEPS)
def test_counting_a_sweep_equals_counting_anew(items: list[Item], sweep: Sweep) -> None:
    after = [item.swept(sweep) if item.status in sweep.sources else item for item in items]
    changed = Counter(item.status for item in items if item.status in sweep.sources)
    swept = of(items).swept(sweep, changed)
    assert swept.counts == recount(after)
    assert (swept.finished_at is None) == swept.is_open


def test_a_job_is_finished_by_its_last_item() -> None:
    two = job(Counts(2, processing=2))
    one = two.moved([(processing(), done())], NOW)
    assert (one.status, one.finished_at) == (JobStatus.PROCESSING, None)
    none = one.moved([(processing(), failed())], NOW)
    assert (none.status, none.finished_at) == (JobStatus.ERROR, NOW)


def test_the_instant_of_the_end_stays() -> None:
    ended = replace(job(Counts(1, done=1)), finished_at=EARLIER)
    assert ended.moved([], NOW) == ended


def test_a_retry_opens_the_job_and_gives_it_a_new_deadline() -> None:
    ended = replace(job(Counts(3, done=1, error=2, expired=1)), finished_at=EARLIER)
    sweep = Sweep.retry(NOW, allowance=3)
    again = ended.retried(NOW).swept(sweep, {ItemStatus.ERROR: 2})
    assert again.counts == Counts(3, pending=2, done=1)
    assert (again.finished_at, again.sqs_retention_deadline) == (None, NOW + timedelta(minutes=5))


def test_a_retry_gives_time_anew_and_a_submission_does_not() -> None:
    begun = replace(job(Counts(2, done=1, error=1)), submitted_at=EARLIER)
    begun = replace(begun, sqs_retention_deadline=EARLIER + begun.options.expires_in, finished_at=EARLIER)
    assert not begun.was_given_time_anew
    assert begun.retried(EARLIER + TICK).was_given_time_anew
    assert not replace(begun, submitted_at=None).was_given_time_anew


def test_time_anew_is_for_what_is_open_and_forgets_no_copy_of_an_upload() -> None:
    ended = replace(job(Counts(1, done=1)), finished_at=EARLIER)
    assert ended.with_time_anew(NOW) == ended
    opened = job(Counts(2, pending=1, done=1))
    assert opened.with_time_anew(NOW) == replace(opened, sqs_retention_deadline=NOW + timedelta(minutes=5))
    uploads = Uploads.announced((), EARLIER).begun((), EARLIER).begun((), EARLIER)
    assert uploads.purge_at == EARLIER
    draft = replace(job(Counts()), submitted_at=None, uploads=uploads)
    assert draft.with_time_anew(NOW) == replace(draft, created_at=NOW, uploads=replace(uploads, purge_at=None))


@pytest.mark.parametrize("request_id", ["req-2", None])
def test_a_retried_job_names_the_request_of_the_retry(request_id: str | None) -> None:
    ended = replace(job(Counts(1, error=1)), finished_at=EARLIER, request_id="req-1")
    assert ended.retried(NOW, request_id).request_id == request_id


def test_an_expired_item_that_waits_again_is_no_longer_counted_as_expired() -> None:
    again = of([failed(code=EXPIRED), failed(code=EXPIRED)]).moved([(failed(code=EXPIRED), pending())], NOW)
    assert again.counts == Counts(2, pending=1, error=1, expired=1)


def test_expiry_is_counted_as_such() -> None:
    swept = job(Counts(3, pending=1, processing=1, done=1)).swept(
        Sweep.expire(NOW), {ItemStatus.PENDING: 1, ItemStatus.PROCESSING: 1}
    )
    assert swept.counts == Counts(3, done=1, error=2, expired=2)
    assert (swept.status, swept.finished_at) == (JobStatus.EXPIRED, NOW)


def test_a_cancelled_job_is_error_and_not_expired() -> None:
    swept = job(Counts(1, pending=1)).swept(Sweep.cancel(NOW), {ItemStatus.PENDING: 1})
    assert (swept.status, swept.counts.expired) == (JobStatus.ERROR, 0)


def test_an_item_that_is_counted_wrongly_is_noticed() -> None:
    with pytest.raises(ValueError, match="do not add up"):
        job(Counts(1, pending=1)).moved([(processing(), done())], NOW)


@pytest.mark.parametrize(("now", "passed"), [(NOW - TICK, False), (NOW, True), (NOW + TICK, True)])
def test_the_deadline_itself_is_too_late(now: datetime, passed: bool) -> None:  # noqa: FBT001 - a column of the table
    assert is_overdue(NOW, now) is passed
    assert job(Counts(1, pending=1)).is_overdue(now) is passed
    assert job(Counts(1, processing=1)).is_overdue(now) is passed


@pytest.mark.parametrize("counts", [Counts(1, done=1), Counts(1, error=1), Counts(1, error=1, expired=1)])
def test_a_finished_job_is_never_overdue(counts: Counts) -> None:
    assert not job(counts).is_overdue(NOW + timedelta(days=9))


def test_a_draft_is_never_overdue() -> None:
    draft = replace(job(Counts()), submitted_at=None)
    assert not draft.is_overdue(NOW + timedelta(days=9))


def test_time_runs_from_the_submission() -> None:
    draft = replace(job(Counts()), submitted_at=None, sqs_retention_deadline=EARLIER)
    submitted = draft.submitted(NOW, items=3)
    assert submitted.submitted_at == NOW
    assert submitted.sqs_retention_deadline == NOW + timedelta(minutes=5)
    assert submitted.counts == Counts(3, pending=3)
    assert (submitted.status, submitted.finished_at) == (JobStatus.PENDING, None)


def test_pages_of_refused_files_are_counted_as_errors_from_the_start() -> None:
    submitted = replace(job(Counts()), submitted_at=None).submitted(NOW, items=3, refused=2)
    assert submitted.counts == Counts(3, pending=1, error=2)
    assert (submitted.status, submitted.finished_at) == (JobStatus.PROCESSING, None)
    assert submitted.events[-1].detail == {"items": 3, "refused": 2}


@pytest.mark.parametrize("counts", [Counts(1, pending=1), Counts(1, done=1), Counts(1, error=1, expired=1)])
def test_a_job_can_be_renamed_at_any_time(counts: Counts) -> None:
    renamed = job(counts).renamed("other", NOW)
    assert renamed == replace(job(counts), name="other", event_serial=1, last_event_at=NOW)


def test_an_open_or_a_good_job_is_not_retried() -> None:
    with pytest.raises(JobOpen):
        job(Counts(1, processing=1)).retried(NOW)
    with pytest.raises(JobFinished):
        job(Counts(1, done=1)).retried(NOW)


def test_a_draft_lives_for_a_day() -> None:
    assert timedelta(days=1) == DRAFT_LIFE
