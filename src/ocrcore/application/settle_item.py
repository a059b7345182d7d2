"""Settle: the answer is committed under the fence of its attempt, and only then the message is disposed of."""

import logging

from ocrcore.application.context import Context
from ocrcore.application.deadline import apply_deadline
from ocrcore.application.messages import Fate, dispose, fate_after_answer, fate_without_job
from ocrcore.application.work import Answer, Recognised, Work
from ocrcore.domain.errors import JobNotFound, TransitionRefused
from ocrcore.domain.item import Item
from ocrcore.ports.jobs import JobTransaction

_log = logging.getLogger(__name__)


def settle_item(context: Context, work: Work, answer: Answer) -> None:
    """Commit the answer and dispose of the message.

    Safe to repeat: after an unknown commit (``CommitUnknown``) or none (``DatabaseUnavailable``) the caller settles
    again, and an answer that was heard is accepted without a change.
    """
    try:
        item, accepted = _commit(context, work, answer)
    except JobNotFound:
        _bury(context, work, answer)
        return
    if item is not None and accepted:
        _tell(context, work, item)
    fate = Fate.FORGET if item is None else fate_after_answer(answer, item, accepted=accepted)
    dispose(context, work.held, fate)


def _commit(context: Context, work: Work, answer: Answer) -> tuple[Item | None, bool]:
    def decide(transaction: JobTransaction) -> tuple[Item | None, bool]:
        now = context.clock.now()
        job = apply_deadline(transaction, now)
        item = transaction.item(work.item.id)
        if item is None:
            return None, False
        try:
            after = answer.apply(item, work.item.attempts, now)
        except TransitionRefused:
            return item, False
        if after is not item:
            transaction.save(job.moved([(item, after)], now), after)
        return after, True

    return context.jobs.transact(work.item.job_id, decide, item_id=work.item.id)


def _tell(context: Context, work: Work, item: Item) -> None:
    context.meter.settled(item)
    about = {
        "job_id": str(item.job_id),
        "item_id": str(item.id),
        "attempt": work.item.attempts,
        "status": item.status.value,
        "code": item.error_code or item.last_fault,
        "engine": item.engine,
        "request_id": work.job.trace,
    }
    _log.info("attempt ended", extra={name: value for name, value in about.items() if value is not None})


def _bury(context: Context, work: Work, answer: Answer) -> None:
    fate = fate_without_job(context, work.held)
    if fate is Fate.DELETE and isinstance(answer, Recognised):
        context.documents.delete([answer.layout_key])
    dispose(context, work.held, fate)
