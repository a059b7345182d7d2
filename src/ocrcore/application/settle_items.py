"""Settle: layouts are stored, answers are committed under the fence of their attempts, and then their messages may go.

What waits for the same job is committed together: each answer is judged by itself, and all cost one transaction.
"""

import contextlib
import gzip
import io
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

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


@dataclass(frozen=True, slots=True)
class Answered:
    """Work and what came of it."""

    work: Work
    answer: Answer


@dataclass(frozen=True, slots=True)
class _Heard:
    """What a commit made of an answer: the item as it is now, or none."""

    item: Item | None
    accepted: bool


def settle_items(context: Context, answered: Sequence[Answered]) -> Sequence[Disposal]:
    """Store layouts, commit the answers, which are of one job, and return what becomes of each message.

    Safe to repeat: after an unknown commit (``CommitUnknown``) or none (``DatabaseUnavailable``) the caller settles
    again, and an answer that was heard is accepted without a change.
    """
    stored = [Answered(one.work, _stored(context, one.work, one.answer)) for one in answered]
    try:
        heard = _commit(context, stored)
    except JobNotFound:
        return [_bury(context, one) for one in stored]
    return [_told(context, one, result) for one, result in zip(stored, heard, strict=True)]


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


def _commit(context: Context, answered: Sequence[Answered]) -> Sequence[_Heard]:
    def decide(transaction: JobTransaction) -> Sequence[_Heard]:
        now = context.clock.now()
        job = apply_deadline(transaction, now)
        heard: list[_Heard] = []
        moves: list[tuple[Item, Item]] = []
        for one in answered:
            item = transaction.item(one.work.item.id)
            after = None if item is None else _judged(one, item, now)
            heard.append(_Heard(after or item, accepted=after is not None))
            if item is not None and after is not None and after is not item:
                moves.append((item, after))
        if moves:
            transaction.save(job.moved(moves, now), *(after for _, after in moves))
        return heard

    ids = [one.work.item.id for one in answered]
    return context.jobs.transact(answered[0].work.item.job_id, decide, items=ids)


def _judged(one: Answered, item: Item, now: datetime) -> Item | None:
    """Return the item after an answer, or None where it is refused: it is late, or over."""
    try:
        return one.answer.apply(item, one.work.item.attempts, now)
    except TransitionRefused:
        return None


def _told(context: Context, one: Answered, heard: _Heard) -> Disposal:
    if heard.item is None:
        return Fate.FORGET
    if heard.accepted:
        _tell(context, one.work, heard.item)
    return fate_after_answer(one.answer, heard.item, accepted=heard.accepted)


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


def _bury(context: Context, one: Answered) -> Disposal:
    """Return what becomes of a message whose job is gone; a layout that cannot be removed is left to upkeep."""
    fate = fate_without_job(context, one.work.held)
    try:
        if fate is Fate.DELETE and isinstance(one.answer, Recognised):
            context.documents.delete([one.answer.layout_key])
    except StorageUnavailable:
        _log.warning("a document of a deleted job is left to upkeep", exc_info=True)
        return Fate.FORGET
    return fate
