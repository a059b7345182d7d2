"""Commit results: store layouts, commit outcomes under the fence of their attempts, acknowledge their messages.

**Group commit.** Outcomes that wait for the same job are committed in one transaction: it locks the job's row once,
judges each outcome by itself, and writes counts and items together. An outcome that the fence refuses does not spoil
the others. What the transaction says about an item decides the acknowledgement of *its* message only.

**The order** makes a crash at any point harmless. The layout is stored first, under a key of this attempt; a row that
refers to it comes after. The message is deleted last. If the process dies in between, the message comes again, and the
row says whether there is anything left to do.
"""

import contextlib
import gzip
import io
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from ocrcore.application.context import Context
from ocrcore.application.deadline import apply_deadline
from ocrcore.application.worker.acknowledgements import Ack, Acknowledgement, Leave, ack_after_commit, ack_orphan
from ocrcore.application.worker.attempt import Attempt
from ocrcore.application.worker.outcomes import GivenBack, Outcome, Recognised
from ocrcore.domain.errors import JobNotFound, StorageUnavailable, TransitionRefused
from ocrcore.domain.item import Item
from ocrcore.domain.layout import Layout
from ocrcore.domain.lifecycle import ItemStatus
from ocrcore.domain.search_page import SearchPage
from ocrcore.domain.search_terms import page_terms
from ocrcore.domain.time_limits import retry_delay
from ocrcore.formats.layout_json import layout_document
from ocrcore.ports.documents import DocumentExists
from ocrcore.ports.jobs import JobTransaction

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Result:
    """An attempt and its outcome."""

    attempt: Attempt
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class _Judged:
    """The item after a commit (None: it has no row), and whether the outcome was accepted."""

    item: Item | None
    accepted: bool


def commit_results(context: Context, results: Sequence[Result]) -> Sequence[Acknowledgement]:
    """Store layouts, commit the outcomes, which are of one job, and return the acknowledgement of each message.

    Safe to repeat: after ``CommitUnknown`` or ``DatabaseUnavailable`` the caller commits again, and an outcome that was
    written before is accepted without a change.
    """
    stored = [_stored(context, result) for result in results]
    try:
        judged = _commit(context, stored, _terms(stored))
    except JobNotFound:
        return [_discard(context, result) for result in stored]
    return [_acknowledgement(context, *pair) for pair in zip(stored, judged, strict=True)]


def _stored(context: Context, result: Result) -> Result:
    """Store the layout; if the store is unavailable, the item is given back."""
    outcome = result.outcome
    if not isinstance(outcome, Recognised):
        return result
    document = stored_layout(result.attempt, outcome.layout)
    try:
        with contextlib.suppress(DocumentExists):  # written by a try of this attempt whose answer was lost
            context.documents.put(outcome.layout_key, io.BytesIO(document))
    except StorageUnavailable:
        item = result.attempt.item
        about = {"item_id": str(item.id)}
        _log.warning("the document store is unavailable; item given back", extra=about, exc_info=True)
        return replace(result, outcome=GivenBack(retry_delay(item.attempts)))
    return result


#: With 9, zlib takes more than twice as long to save one byte in a hundred.
_EFFORT: Final = 6


def stored_layout(attempt: Attempt, layout: Layout) -> bytes:
    """Return the bytes that are stored of one attempt's layout; equal layouts give equal bytes."""
    document = layout_document(attempt.item.id, attempt.item.page, layout)
    return gzip.compress(json.dumps(document, ensure_ascii=False).encode(), _EFFORT, mtime=0)


def _terms(results: Sequence[Result]) -> Mapping[UUID, str]:
    """Return the search terms of each recognised page by its item; they are found before the job's row is locked."""
    return {
        result.attempt.item.id: page_terms(result.attempt.job.owner, result.outcome.layout.text)
        for result in results
        if isinstance(result.outcome, Recognised)
    }


def _commit(context: Context, results: Sequence[Result], terms: Mapping[UUID, str]) -> Sequence[_Judged]:
    def decide(transaction: JobTransaction) -> Sequence[_Judged]:
        now = context.clock.now()
        job = apply_deadline(transaction, now)
        judged: list[_Judged] = []
        moves: list[tuple[Item, Item]] = []
        for result in results:
            item = transaction.item(result.attempt.item.id)
            after = None if item is None else _judge(result, item, now)
            if after is not None and after is not item and after.status is ItemStatus.DONE:
                after = replace(after, is_indexed=True)
            judged.append(_Judged(after or item, accepted=after is not None))
            if item is not None and after is not None and after is not item:
                moves.append((item, after))
        if moves:
            transaction.save(job.moved(moves, now), *(after for _, after in moves))
            transaction.index(search_pages([after for _, after in moves if after.is_indexed], terms))
        return judged

    ids = [result.attempt.item.id for result in results]
    return context.jobs.transact(results[0].attempt.item.job_id, decide, items=ids)


def search_pages(items: Sequence[Item], terms: Mapping[UUID, str]) -> Sequence[SearchPage]:
    """Return the rows of the search index for items that are DONE now."""
    return [SearchPage.of(item, terms[item.id]) for item in items]


def _judge(result: Result, item: Item, now: datetime) -> Item | None:
    """Return the item after an outcome, or None if the fence or the lifecycle refuses it."""
    try:
        return result.outcome.apply(item, result.attempt.item.attempts, now)
    except TransitionRefused:
        return None


def _acknowledgement(context: Context, result: Result, judged: _Judged) -> Acknowledgement:
    if judged.item is None:
        return Leave()
    if judged.accepted:
        _record(context, result.attempt, judged.item)
    return ack_after_commit(result.outcome, judged.item, accepted=judged.accepted)


def _record(context: Context, attempt: Attempt, item: Item) -> None:
    context.meter.attempt_ended(item)
    context.publications.attempt_ended(item)
    about = {
        "job_id": str(item.job_id),
        "item_id": str(item.id),
        "attempt": attempt.item.attempts,
        "status": item.status.value,
        "code": item.error_code or item.last_failure,
        "engine": item.engine,
        "request_id": attempt.job.request_id,
    }
    _log.info("attempt ended", extra={name: value for name, value in about.items() if value is not None})


def _discard(context: Context, result: Result) -> Acknowledgement:
    """Return the acknowledgement of a message whose job is gone; a layout that cannot be deleted is left to upkeep."""
    acknowledgement = ack_orphan(context, result.attempt.delivery)
    try:
        if isinstance(acknowledgement, Ack) and isinstance(result.outcome, Recognised):
            context.documents.delete([result.outcome.layout_key])
    except StorageUnavailable:
        _log.warning("a layout of a deleted job is left to upkeep", exc_info=True)
        return Leave()
    return acknowledgement
