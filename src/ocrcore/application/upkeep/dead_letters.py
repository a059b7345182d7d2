"""Dead letters: enqueue another message for open items, and delete the letter. A dead letter never changes an item."""

import logging
from enum import Enum
from typing import Final

from ocrcore.application.context import BATCH, Context
from ocrcore.domain.errors import JobNotFound, Unavailable
from ocrcore.domain.lifecycle import OPEN_ITEMS
from ocrcore.domain.task import Task
from ocrcore.ports.jobs import JobTransaction
from ocrcore.ports.queue import Received

#: Dead letters in one receive.
_RECEIVE: Final = 10

_log = logging.getLogger(__name__)


class _Outcome(Enum):
    """The outcome for the item of a dead letter."""

    #: The item is open, and another message was enqueued.
    ENQUEUED = "enqueued"
    #: The item is finished or deleted, and needs no message.
    NOT_NEEDED = "not needed"
    #: The item is unknown; the letter stays for the operator.
    UNKNOWN = "unknown"


def reflect_dead_letters_once(context: Context) -> int:
    """Handle visible dead letters; return how many were received.

    An open item gets another message, and a body that is not a task is recorded. Only then is the letter deleted.
    The letter of a job whose rows contradict each other is logged and left; it comes again, and holds up no other.
    """
    count = 0
    while count < BATCH and (received := context.dead_letters.receive(_RECEIVE)):
        context.dead_letters.delete([message.receipt for message in received if _is_handled(context, message)])
        count += len(received)
    return count


def _is_handled(context: Context, message: Received) -> bool:
    """Handle a letter and return whether it may be deleted."""
    try:
        task = Task.from_json(message.body)
    except ValueError:
        task = None
    try:
        if task is None:
            context.rejected.record(message.message_id, message.body, context.clock.now())
            return True
        return _enqueue(context, task) is not _Outcome.UNKNOWN
    except Unavailable:
        raise
    except Exception:  # noqa: BLE001 - an invalid row of one job must not hold up the letters of the others
        about = {"message_id": message.message_id} | ({} if task is None else {"job_id": str(task.job_id)})
        _log.exception("a dead letter was skipped; run ocrcore doctor", extra=about)
        return False


def _enqueue(context: Context, task: Task) -> _Outcome:
    def decide(transaction: JobTransaction) -> _Outcome:
        item = transaction.item(task.item_id)
        if item is None:
            return _Outcome.UNKNOWN
        if item.status not in OPEN_ITEMS:
            return _Outcome.NOT_NEEDED
        transaction.enqueue([item], context.clock.now())
        return _Outcome.ENQUEUED

    try:
        return context.jobs.transact(task.job_id, decide, items=[task.item_id])
    except JobNotFound:
        return _Outcome.UNKNOWN if context.tombstones.get(task.job_id) is None else _Outcome.NOT_NEEDED
