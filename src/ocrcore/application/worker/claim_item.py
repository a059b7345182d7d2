"""Claim: a delivery becomes an attempt, or is acknowledged without one."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from ocrcore.application.context import Context
from ocrcore.application.deadline import apply_deadline
from ocrcore.application.worker.acknowledgements import Acknowledgement, ack_orphan, ack_unclaimed
from ocrcore.application.worker.attempt import Attempt, Delivery
from ocrcore.domain.errors import CommitUnknown, JobNotFound, TransitionRefused
from ocrcore.domain.item import Item
from ocrcore.domain.job import Job
from ocrcore.domain.lifecycle import ItemStatus
from ocrcore.ports.jobs import JobTransaction

#: Beside the recognition itself: fetching, storing, and killing what does not end.
_MARGIN: Final = timedelta(seconds=30)

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Claim:
    """The rows after a try to claim, and whether it won."""

    job: Job
    item: Item | None
    now: datetime
    won: bool


def claim_item(context: Context, delivery: Delivery, worker: UUID | None = None) -> Attempt | Acknowledgement:
    """Return the attempt, claimed and committed, or the acknowledgement of the message.

    ``worker`` is the id of whoever claims, for the audit log.
    Raises ``DatabaseUnavailable`` where nothing is known; the delivery still waits then.
    """
    try:
        claim = _claim(context, delivery, worker)
    except JobNotFound:
        claim = None
    if claim is None or claim.item is None:
        return ack_orphan(context, delivery)
    if not claim.won or claim.item.status is not ItemStatus.PROCESSING:
        return ack_unclaimed(claim.item, claim.now)
    _compare(delivery, claim.job, claim.item)
    ends_at = claim.now + context.policy.item_timeout + _MARGIN
    return Attempt(delivery, claim.job, claim.item, claimed_at=claim.now, ends_at=ends_at)


def _claim(context: Context, delivery: Delivery, worker: UUID | None) -> _Claim:
    written: list[_Claim] = []

    def decide(transaction: JobTransaction) -> _Claim:
        now = context.clock.now()
        job = apply_deadline(transaction, now)
        item = transaction.item(delivery.task.item_id)
        if item is None:
            return _Claim(job, None, now, won=False)
        try:
            claimed = item.claim(now, context.policy.lease, worker)
        except TransitionRefused:
            return _Claim(job, item, now, won=False)
        job = transaction.save(job.moved([(item, claimed)], now), claimed)
        written.append(_Claim(job, claimed, now, won=True))
        return written[-1]

    try:
        return context.jobs.transact(delivery.task.job_id, decide, items=[delivery.task.item_id])
    except CommitUnknown:
        return _read_again(context, delivery, written)


def _read_again(context: Context, delivery: Delivery, written: list[_Claim]) -> _Claim:
    """Find out whether a commit without an answer happened.

    The number of the attempt does not prove that it is ours; the end of the lease written with it does. The time of an
    attempt that is ours runs from its claim, however late this answer comes.
    """

    def decide(transaction: JobTransaction) -> _Claim:
        item = transaction.item(delivery.task.item_id)
        ours = next((claim for claim in written if claim.item == item), None)
        now = context.clock.now() if ours is None else ours.now
        return _Claim(transaction.job, item, now, won=ours is not None)

    return context.jobs.transact(delivery.task.job_id, decide, items=[delivery.task.item_id])


def _compare(delivery: Delivery, job: Job, item: Item) -> None:
    if (delivery.task.s3_bucket, delivery.task.s3_key) != (job.s3_bucket, item.s3_key):
        _log.warning("the message names another document; the row wins", extra={"item_id": str(item.id)})
