"""Recognise: a claimed item becomes an outcome. Calls neither the database nor the queue."""

import logging
from collections.abc import Callable
from typing import TypeVar

from ocrcore.application.context import Context
from ocrcore.application.worker.attempt import Attempt
from ocrcore.application.worker.outcomes import Failed, GivenBack, Outcome, Recognised, Released
from ocrcore.application.worker.read_page import read_page
from ocrcore.domain.codes import ItemErrorCode
from ocrcore.domain.errors import StorageUnavailable
from ocrcore.domain.lifecycle import RETRYABLE_FAILURES
from ocrcore.domain.time_limits import retry_delay
from ocrcore.ports.documents import DocumentMissing, Source
from ocrcore.ports.engine import EngineFailure, EngineStopped, EngineUnavailable, Page

T = TypeVar("T")

_log = logging.getLogger(__name__)


def fetch_document(context: Context, attempt: Attempt, get: Callable[[str], Source]) -> None:
    """Set the attempt's document, or its outcome where there is none to read or its file was refused."""
    if attempt.item.refusal is not None:
        attempt.outcome = Failed(attempt.item.refusal)
        return
    attempt.outcome = _or_outcome(context, attempt, lambda: _fetch(attempt, get))


def recognise_item(context: Context, attempt: Attempt) -> Outcome:
    """Return the outcome of an attempt whose document was fetched. Never raises."""
    return _or_outcome(context, attempt, lambda: _recognise(context, attempt))


def _or_outcome(context: Context, attempt: Attempt, step: Callable[[], T]) -> T | Outcome:
    """Return what a step returns, or the outcome that its error means."""
    try:
        return step()
    except EngineStopped:
        is_spent = context.clock.now() >= attempt.ends_at  # else the worker stops, or another attempt has the item
        return Released(ItemErrorCode.OCR_TIMEOUT) if is_spent else GivenBack()
    except EngineFailure as failure:
        if failure.code is ItemErrorCode.INTERNAL_ERROR:
            _log.error("this worker lacks the job's engine; item released", extra=_about(attempt))
        return Released(failure.code) if failure.code in RETRYABLE_FAILURES else Failed(failure.code)
    except EngineUnavailable:
        _log.error("this machine lacks room for the engine's files; item given back", extra=_about(attempt))
        return GivenBack(retry_delay(attempt.item.attempts))
    except DocumentMissing:
        return Released(ItemErrorCode.SOURCE_MISSING)
    except StorageUnavailable:
        _log.warning("the document store is unavailable; item given back", extra=_about(attempt), exc_info=True)
        return GivenBack(retry_delay(attempt.item.attempts))
    except Exception:  # noqa: BLE001 - the one catch-all: no page may end its worker
        _log.exception("unexpected error; item released", extra=_about(attempt))
        return Released(ItemErrorCode.INTERNAL_ERROR)


def _about(attempt: Attempt) -> dict[str, str]:
    return {"item_id": str(attempt.item.id), "engine": attempt.job.options.engine}


def _fetch(attempt: Attempt, get: Callable[[str], Source]) -> None:
    attempt.source = get(_document_key(attempt))


def _document_key(attempt: Attempt) -> str:
    """Return the key that the row names; a message may name another document."""
    return attempt.item.s3_key


def _recognise(context: Context, attempt: Attempt) -> Outcome:
    with attempt.taken_source() as source:
        reading = read_page(context, attempt, _page(attempt, source))
    layout = reading.layout
    if not layout.is_whole:
        _log.error("the engine returned a part of its output; item released", extra=_about(attempt))
        return Released(ItemErrorCode.OCR_CRASHED)
    if not context.policy.allows_text(layout.text):
        return Failed(ItemErrorCode.TEXT_TOO_LARGE)
    return Recognised(layout, attempt.layout_key, reading.looks)


def _page(attempt: Attempt, source: Source) -> Page:
    return Page(source, attempt.item.page, attempt.job.options.current())
