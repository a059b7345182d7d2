"""Blocked by: read what explains why jobs do not progress."""

import logging
from collections.abc import Sequence
from typing import Final

from ocrcore.application.context import Context
from ocrcore.application.fleet import read_fleet
from ocrcore.domain.blocked_by import WAIT_SENTENCES, InProgress, why_waiting
from ocrcore.domain.errors import Unavailable
from ocrcore.domain.fleet import Fleet
from ocrcore.domain.item import Item
from ocrcore.domain.job import Job
from ocrcore.domain.lifecycle import ItemStatus
from ocrcore.domain.sentence import Sentence

#: Waiting items that are read to explain why a job waits.
_SAMPLE: Final = 20
#: Most items in progress that are read; a job with more counts as not stalled.
_MOST_IN_PROGRESS: Final = 100

_log = logging.getLogger(__name__)


def blocked_by(context: Context, jobs: Sequence[Job]) -> Sequence[str | None]:
    """Return for each job why it does not progress, in one sentence, or None if it progresses or is finished."""
    return [None if why is None else why.told(WAIT_SENTENCES) for why in why_blocked(context, jobs)]


def why_blocked(context: Context, jobs: Sequence[Job]) -> Sequence[Sentence | None]:
    """Return the same, to be told in any language."""
    if not any(job.is_open for job in jobs):
        return [None] * len(jobs)
    fleet = read_fleet(context)
    return [_why(context, fleet, job) for job in jobs]


def _why(context: Context, fleet: Fleet, job: Job) -> Sentence | None:
    try:
        return _why_waiting(context, fleet, job)
    except Unavailable:
        raise
    except Exception:  # noqa: BLE001 - an invalid row of one job must not keep the others from being shown
        _log.exception("why a job waits is not known; run ocrcore doctor", extra={"job_id": str(job.id)})
        return None


def _why_waiting(context: Context, fleet: Fleet, job: Job) -> Sentence | None:
    if not job.is_open or job.submitted_at is None:
        return why_waiting(fleet, job, ())
    in_progress = _in_progress(context, job)
    if job.counts.processing and not (in_progress and in_progress.is_stalled(fleet.now)):
        return why_waiting(fleet, job, (), in_progress)
    return why_waiting(fleet, job, _pending(context, fleet, job), in_progress)


def _pending(context: Context, fleet: Fleet, job: Job) -> Sequence[Item]:
    """Return the waiting items that explain why the job waits, as few as possible, because lists call this per job."""
    if not fleet.live:
        return ()  # that no worker is live is reason enough
    first = context.jobs.items(job.id, ItemStatus.PENDING, -1, 1)
    if any(item.last_failure is None for item in first):
        return first  # this item waits for a slot, so the job does not wait for a next attempt
    return context.jobs.items(job.id, ItemStatus.PENDING, -1, _SAMPLE)


def _in_progress(context: Context, job: Job) -> InProgress | None:
    if not 0 < job.counts.processing <= _MOST_IN_PROGRESS:
        return None
    return InProgress(context.jobs.items(job.id, ItemStatus.PROCESSING, -1, _MOST_IN_PROGRESS), context.policy.lease)
