"""Settle: the layout is stored, the answer is committed under the fence of its attempt, and then the message may go."""

import contextlib
import gzip
import io
import json
import logging

from ocrcore.application.context import Context
from ocrcore.application.deadline import apply_deadline
from ocrcore.application.messages import Disposal, Fate, fate_after_answer, fate_without_job
from ocrcore.application.work import Answer, GivenBack, Recognised, Work
from ocrcore.domain.errors import JobNotFound, StorageUnavailable, TransitionRefused
from ocrcore.domain.item import Item
from ocrcore.domain.layout import Layout
from ocrcore.domain.lifecycle import retry_delay
from ocrcore.formats.layout_json import layout_to_dict
from ocrcore.ports.documents import DocumentExists
from ocrcore.ports.jobs import JobTransaction

_log = logging.getLogger(__name__)


def settle_item(context: Context, work: Work, answer: Answer) -> Disposal:
    """Store the layout, commit the answer, and return what becomes of the message.

    Safe to repeat: after an unknown commit (``CommitUnknown``) or none (``DatabaseUnavailable``) the caller settles
    again, and an answer that was heard is accepted without a change.
    """
    answer = _stored(context, work, answer)
    try:
        item, accepted = _commit(context, work, answer)
    except JobNotFound:
        return _bury(context, work, answer)
    if item is not None and accepted:
        _tell(context, work, item)
    return Fate.FORGET if item is None else fate_after_answer(answer, item, accepted=accepted)


def _stored(context: Context, work: Work, answer: Answer) -> Answer:
    """Store what was recognised; where the store does not answer, the item is given back."""
    if not isinstance(answer, Recognised):
        return answer
    try:
        with contextlib.suppress(DocumentExists):  # this attempt's own, from a try whose answer was lost
            context.documents.put(answer.layout_key, io.BytesIO(layout_document(work, answer.layout)))
    except StorageUnavailable:
        _log.warning("documents do not answer; item given back", extra={"item_id": str(work.item.id)}, exc_info=True)
        return GivenBack(retry_delay(work.item.attempts))
    return answer


def layout_document(work: Work, layout: Layout) -> bytes:
    """Return the document of one attempt's layout; equal layouts give equal bytes."""
    fields = {"item_id": str(work.item.id), "page": work.item.page, **layout_to_dict(layout)}
    return gzip.compress(json.dumps(fields, ensure_ascii=False).encode(), mtime=0)


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


def _bury(context: Context, work: Work, answer: Answer) -> Disposal:
    fate = fate_without_job(context, work.held)
    if fate is Fate.DELETE and isinstance(answer, Recognised):
        context.documents.delete([answer.layout_key])
    return fate
