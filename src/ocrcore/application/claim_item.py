"""Claim: a message becomes work, or nothing does."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from ocrcore.application.context import Context
from ocrcore.application.deadline import apply_deadline
from ocrcore.application.messages import Disposal, fate_without_claim, fate_without_job
from ocrcore.application.work import Held, Work
from ocrcore.domain.errors import CommitUnknown, JobNotFound, TransitionRefused
from ocrcore.domain.item import Item
from ocrcore.domain.job import Job
from ocrcore.domain.lifecycle import ItemStatus
from ocrcore.ports.jobs import JobTransaction

#: Beside the recognition itself: reading, writing, and ending what does not end.
_MARGIN: Final = timedelta(seconds=30)

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Look:
    """What a claim saw, and whether it won."""

    job: Job
    item: Item | None
    now: datetime
    won: bool


def claim_item(context: Context, held: Held) -> Work | Disposal:
    """Return the work, claimed and committed, or what becomes of the message instead.

    Raises ``DatabaseUnavailable`` where nothing is known; the message is still held then.
    """
    try:
        look = _claim(context, held)
    except JobNotFound:
        look = None
    if look is None or look.item is None:
        return fate_without_job(context, held)
    if not look.won or look.item.status is not ItemStatus.PROCESSING:
        return fate_without_claim(look.item, look.now)
    _compare(held, look.job, look.item)
    return Work(
        held, look.job, look.item, claimed_at=look.now, ends_at=look.now + context.policy.item_timeout + _MARGIN
    )


def _claim(context: Context, held: Held) -> _Look:
    written: list[_Look] = []

    def decide(transaction: JobTransaction) -> _Look:
        now = context.clock.now()
        job = apply_deadline(transaction, now)
        item = transaction.item(held.task.item_id)
        if item is None:
            return _Look(job, None, now, won=False)
        try:
            claimed = item.claim(now, context.policy.lease)
        except TransitionRefused:
            return _Look(job, item, now, won=False)
        job = transaction.save(job.moved([(item, claimed)], now), claimed)
        written.append(_Look(job, claimed, now, won=True))
        return written[-1]

    try:
        return context.jobs.transact(held.task.job_id, decide, items=[held.task.item_id])
    except CommitUnknown:
        return _read_again(context, held, written)


def _read_again(context: Context, held: Held, written: list[_Look]) -> _Look:
    """Find out whether a commit that was not answered happened.

    The attempt alone is no proof that it is ours; the end of the lease that we wrote with it is.
    """

    def decide(transaction: JobTransaction) -> _Look:
        item = transaction.item(held.task.item_id)
        won = any(look.item == item for look in written)
        return _Look(transaction.job, item, context.clock.now(), won=won)

    return context.jobs.transact(held.task.job_id, decide, items=[held.task.item_id])


def _compare(held: Held, job: Job, item: Item) -> None:
    if (held.task.s3_bucket, held.task.s3_key) != (job.s3_bucket, item.s3_key):
        _log.warning("message names another document; the row wins", extra={"item_id": str(item.id)})
