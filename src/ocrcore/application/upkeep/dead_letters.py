"""Dead letters: taken into the database, which decides about items; a dead letter itself changes none."""

from enum import Enum
from typing import Final

from ocrcore.application.context import BATCH, Context
from ocrcore.domain.errors import JobNotFound
from ocrcore.domain.lifecycle import OPEN_ITEMS
from ocrcore.domain.task import Task
from ocrcore.ports.jobs import JobTransaction
from ocrcore.ports.queue import Received

#: Dead letters that are received at once.
_RECEIVE: Final = 10


class _Finding(Enum):
    """What a dead letter's item was found to be."""

    #: Another message is ordered for it.
    ORDERED = "ordered"
    #: It needs none: finished, or deleted with its job.
    OVER = "over"
    #: Nobody knows it; the letter stays, for whoever looks after the service.
    UNKNOWN = "unknown"


def reflect_dead_letters_once(context: Context) -> int:
    """Take the dead letters that can be had into the database; return how many were looked at.

    An open item gets another message; a body that is not ours is recorded. Only then is the letter deleted.
    """
    looked_at = 0
    while looked_at < BATCH and (received := context.dead_letters.receive(_RECEIVE)):
        context.dead_letters.delete([message.receipt for message in received if _reflect(context, message)])
        looked_at += len(received)
    return looked_at


def _reflect(context: Context, message: Received) -> bool:
    """Tell whether the letter has done its service."""
    try:
        task = Task.from_json(message.body)
    except ValueError:
        context.rejected.record(message.message_id, message.body, context.clock.now())
        return True
    return _look(context, task) is not _Finding.UNKNOWN


def _look(context: Context, task: Task) -> _Finding:
    def decide(transaction: JobTransaction) -> _Finding:
        item = transaction.item(task.item_id)
        if item is None:
            return _Finding.UNKNOWN
        if item.status not in OPEN_ITEMS:
            return _Finding.OVER
        transaction.enqueue([item], context.clock.now())
        return _Finding.ORDERED

    try:
        return context.jobs.transact(task.job_id, decide, items=[task.item_id])
    except JobNotFound:
        return _Finding.UNKNOWN if context.tombstones.get(task.job_id) is None else _Finding.OVER
