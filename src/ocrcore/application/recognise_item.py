"""Recognise: a claimed item becomes an answer. No database here, and no queue."""

import logging

from ocrcore.application.context import Context
from ocrcore.application.work import Answer, Failed, GivenBack, Recognised, Released, Work
from ocrcore.domain.codes import ItemErrorCode
from ocrcore.domain.errors import StorageUnavailable
from ocrcore.domain.lifecycle import PASSING_FAULTS, retry_delay
from ocrcore.ports.documents import DocumentMissing
from ocrcore.ports.engine import EngineFault, EngineStopped, Page

_log = logging.getLogger(__name__)


def recognise_item(context: Context, work: Work) -> Answer:
    """Return what the attempt brought; it always brings something."""
    try:
        return _read(context, work)
    except EngineStopped:
        is_spent = context.clock.now() >= work.ends_at  # else the worker stops, or the item is another's
        return Released(ItemErrorCode.OCR_TIMEOUT) if is_spent else GivenBack()
    except EngineFault as fault:
        if fault.code is ItemErrorCode.INTERNAL_ERROR:
            _log.error("this worker lacks the job's engine; item released", extra=_about(work))
        return Released(fault.code) if fault.code in PASSING_FAULTS else Failed(fault.code)
    except DocumentMissing:
        return Released(ItemErrorCode.SOURCE_MISSING)
    except StorageUnavailable:
        _log.warning("documents do not answer; item given back", extra=_about(work), exc_info=True)
        return GivenBack(retry_delay(work.item.attempts))
    except Exception:  # noqa: BLE001 - the one catch-all: whatever happens to a page, its worker lives
        _log.exception("unexpected; item released", extra=_about(work))
        return Released(ItemErrorCode.INTERNAL_ERROR)


def _about(work: Work) -> dict[str, str]:
    return {"item_id": str(work.item.id), "engine": work.job.options.engine}


def _read(context: Context, work: Work) -> Answer:
    options = work.job.options
    page = Page(_source(context, work), work.item.page, options.languages, options.psm, options.engine)
    layout = context.engine.recognise(page, timeout=context.policy.item_timeout, stop=work.stop)
    if len(layout.text.encode()) > context.policy.max_text_bytes:
        return Failed(ItemErrorCode.TEXT_TOO_LARGE)
    return Recognised(layout, work.layout_key)


def _source(context: Context, work: Work) -> bytes:
    """Return the bytes that the row names; those read ahead were named by a message, which may be wrong."""
    source, work.source = work.source, None
    if source is not None and work.held.task.s3_key == work.item.s3_key:
        return source
    return context.documents.get(work.item.s3_key)
