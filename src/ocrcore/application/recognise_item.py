"""Recognise: a claimed item becomes an answer. No database here, and no queue."""

import contextlib
import gzip
import io
import json
import logging

from ocrcore.application.context import Context
from ocrcore.application.work import Answer, Failed, GivenBack, Recognised, Released, Work
from ocrcore.domain.codes import ItemErrorCode
from ocrcore.domain.errors import StorageUnavailable
from ocrcore.domain.layout import Layout
from ocrcore.domain.lifecycle import PASSING_FAULTS, retry_delay
from ocrcore.formats.layout_json import layout_to_dict
from ocrcore.ports.documents import DocumentExists, DocumentMissing
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
        return Released(fault.code) if fault.code in PASSING_FAULTS else Failed(fault.code)
    except DocumentMissing:
        return Released(ItemErrorCode.SOURCE_MISSING)
    except StorageUnavailable:
        _log.warning("documents do not answer; item given back", extra={"item_id": str(work.item.id)}, exc_info=True)
        return GivenBack(retry_delay(work.item.attempts))
    except Exception:  # noqa: BLE001 - the one catch-all: whatever happens to a page, its worker lives
        _log.exception("unexpected; item released", extra={"item_id": str(work.item.id)})
        return Released(ItemErrorCode.INTERNAL_ERROR)


def _read(context: Context, work: Work) -> Answer:
    options = work.job.options
    page = Page(context.documents.get(work.item.s3_key), work.item.page, options.languages, options.psm)
    layout = context.engine.recognise(page, timeout=context.policy.item_timeout, stop=work.stop)
    if len(layout.text.encode()) > context.policy.max_text_bytes:
        return Failed(ItemErrorCode.TEXT_TOO_LARGE)
    with contextlib.suppress(DocumentExists):  # this attempt's own, from a try whose answer was lost
        context.documents.put(work.layout_key, io.BytesIO(layout_document(work, layout)))
    return Recognised(layout, work.layout_key)


def layout_document(work: Work, layout: Layout) -> bytes:
    """Return the document of one attempt's layout; equal layouts give equal bytes."""
    fields = {"item_id": str(work.item.id), "page": work.item.page, **layout_to_dict(layout)}
    return gzip.compress(json.dumps(fields, ensure_ascii=False).encode(), mtime=0)
