"""How long finished jobs are kept: the rule, at the exact instants."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ocrcore import Counts, Job, JobOptions
from ocrcore.domain.audit import RETENTION
from ocrcore.domain.durations import LAST_INSTANT
from ocrcore.domain.errors import InvalidOption
from ocrcore.testing.builders import START, TICK, a_draft

HOUR = timedelta(hours=1)


def a_job(keep: timedelta | None = HOUR, counts: Counts | None = None) -> Job:
    """Return a job that ended at the start, unless its counts say otherwise."""
    draft = a_draft()
    counts = Counts(total=1, done=1) if counts is None else counts
    ended = None if counts.pending or counts.processing else START
    options = replace(draft.options, keep=keep)
    return replace(draft, options=options, submitted_at=START, finished_at=ended, counts=counts)


def test_a_finished_job_is_kept_for_its_time_and_no_longer() -> None:
    job = a_job()
    assert job.keep_until == START + HOUR
    assert not job.is_past_keeping(START + HOUR - TICK)
    assert job.is_past_keeping(START + HOUR)


@pytest.mark.parametrize("counts", [Counts(total=1, error=1), Counts(total=1, error=1, expired=1)])
def test_how_it_ended_makes_no_difference(counts: Counts) -> None:
    assert a_job(counts=counts).is_past_keeping(START + HOUR)


@pytest.mark.parametrize("counts", [Counts(total=1, pending=1), Counts(total=2, processing=1, done=1)])
def test_an_open_job_is_kept(counts: Counts) -> None:
    job = a_job(counts=counts)
    assert job.keep_until is None
    assert not job.is_past_keeping(START + timedelta(days=999))


def test_an_open_job_is_looked_at_before_its_time_may_be_over() -> None:
    job = a_job(counts=Counts(total=1, pending=1))
    assert job.keep_at_least_until == START + HOUR
    ended = replace(job, counts=Counts(total=1, done=1), finished_at=START + HOUR)
    assert ended.keep_at_least_until == ended.keep_until == START + 2 * HOUR
    assert replace(job, submitted_at=None).keep_at_least_until is None
    assert replace(job, options=JobOptions()).keep_at_least_until is None


def test_a_job_without_a_time_is_kept() -> None:
    assert a_job(None).keep_until is None
    assert not a_job(None).is_past_keeping(START + timedelta(days=999))


@pytest.mark.parametrize(
    ("asked", "most", "kept"),
    [(None, None, None), (HOUR, None, HOUR), (None, HOUR, HOUR), (2 * HOUR, HOUR, HOUR), (HOUR, 2 * HOUR, HOUR)],
)
def test_the_smaller_time_counts(asked: timedelta | None, most: timedelta | None, kept: timedelta | None) -> None:
    assert JobOptions(keep=asked).kept_at_most(most).keep == kept


@pytest.mark.parametrize(
    ("text", "keep"),
    [("forever", None), ("1m", timedelta(minutes=1)), ("60", timedelta(minutes=1)), ("36500d", 876_000 * HOUR)],
)
def test_a_time_to_keep_is_read(text: str, keep: timedelta | None) -> None:
    assert JobOptions().changed({"keep": text}).keep == keep


@pytest.mark.parametrize("text", ["59s", "0", "never", "", "-1d", "1.5h", "36501d", "69890675h", "999999999d"])
def test_no_shorter_or_longer_time_and_no_other_word_is_taken(text: str) -> None:
    sentence = "keep must be forever, or an integer followed by s, m, h or d, from 1m to 36500d, as 30d."
    with pytest.raises(InvalidOption, match=f"^{sentence}$"):
        JobOptions().changed({"keep": text})


@pytest.mark.parametrize("text", ["36501d", "69890675h", "999999999d"])
def test_a_job_that_is_to_be_kept_for_longer_than_there_is_time_is_read_and_harms_nothing(text: str) -> None:
    options = JobOptions.from_json({"keep": text})
    assert options.to_json()["keep"] == text
    late = datetime(2030, 1, 1, tzinfo=UTC)
    ended = replace(a_job(), options=options, finished_at=late)
    opened = replace(ended, counts=Counts(total=1, pending=1), finished_at=None)
    assert ended.keep_until is not None
    assert ended.keep_until > late
    assert opened.keep_at_least_until is not None
    assert not ended.is_past_keeping(late)


def test_a_deadline_that_no_calendar_has_is_the_last_instant() -> None:
    draft = replace(a_draft(), options=JobOptions(expires_in=timedelta.max))
    job = replace(draft.submitted(START, 1), counts=Counts(total=1, error=1))
    assert job.sqs_retention_deadline == job.retried(START).sqs_retention_deadline == LAST_INSTANT


def test_the_deletion_tells_who_did_it() -> None:
    (by_retention,), (by_owner,) = (a_job().deleted(START, *actor).events for actor in ((RETENTION,), ()))
    assert (by_retention.action, by_retention.actor) == (by_owner.action, "retention")
    assert by_owner.actor == a_draft().owner
