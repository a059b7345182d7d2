"""Recover: take items back from vanished workers, and requeue items whose message seems lost."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from ocrcore.application.context import BATCH, Context
from ocrcore.application.deadline import apply_deadline
from ocrcore.application.upkeep.each_job import Decision, decide_each
from ocrcore.domain.errors import TransitionRefused
from ocrcore.domain.item import Item
from ocrcore.domain.time_limits import requeue_after
from ocrcore.ports.jobs import JobTransaction

#: Longer than the lifetime of any job: 15 min x 2^15 is almost a year.
_MOST_REQUEUES: Final = 16


def take_back_lapsed_once(context: Context) -> int:
    """Take back items whose lease lapsed; return how many were found.

    The queue redelivers the worker's message, so no other message is enqueued.
    """
    due = context.due_work.lapsed(context.clock.now(), BATCH)
    decide_each(context, ((job_id, _take_back(context, item_ids)) for job_id, item_ids in _by_job(due).items()))
    return len(due)


def _take_back(context: Context, item_ids: Sequence[UUID]) -> Decision:
    def decide(transaction: JobTransaction) -> None:
        now = context.clock.now()
        job = apply_deadline(transaction, now)
        changes = []
        for item in _items(transaction, item_ids):
            try:
                changes.append((item, item.lease_lapsed(now)))
            except TransitionRefused:
                continue  # renewed or finished meanwhile
        if changes:
            transaction.save(job.moved(changes, now), *(after for _, after in changes))

    return decide


def requeue_forgotten_once(context: Context) -> int:
    """Enqueue another message for items that have waited so long that theirs counts as lost; return how many."""
    due = context.due_work.forgotten(forgotten_cutoffs(context.clock.now()), BATCH)
    decide_each(context, ((job_id, _requeue(context, item_ids)) for job_id, item_ids in _by_job(due).items()))
    return len(due)


def forgotten_cutoffs(now: datetime) -> Sequence[datetime]:
    """Return, indexed by the number of requeues, the latest ``queued_at`` of an item that is due at ``now``."""
    return [now - requeue_after(requeues) for requeues in range(_MOST_REQUEUES)]


def _requeue(context: Context, item_ids: Sequence[UUID]) -> Decision:
    def decide(transaction: JobTransaction) -> None:
        now = context.clock.now()
        job = apply_deadline(transaction, now)
        requeued = [item.requeued(now) for item in _items(transaction, item_ids) if item.is_forgotten(now)]
        if requeued:
            transaction.save(job, *requeued)
            transaction.enqueue(requeued, now)

    return decide


def _items(transaction: JobTransaction, item_ids: Iterable[UUID]) -> Iterable[Item]:
    return (item for item_id in item_ids if (item := transaction.item(item_id)) is not None)


def _by_job(pairs: Iterable[tuple[UUID, UUID]]) -> dict[UUID, list[UUID]]:
    grouped: dict[UUID, list[UUID]] = defaultdict(list)
    for job_id, item_id in pairs:
        grouped[job_id].append(item_id)
    return grouped
