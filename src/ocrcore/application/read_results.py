"""Results: the text, or the layouts, of an item or of a whole job."""

import gzip
import json
import zlib
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from ocrcore.application.context import Context
from ocrcore.application.read_jobs import get_item, get_job
from ocrcore.domain.audit import AuditAction
from ocrcore.domain.errors import ItemNotFound, JobNotFound, LayoutLost, NoText, NotFinished
from ocrcore.domain.item import Item
from ocrcore.domain.job import Job
from ocrcore.domain.lifecycle import OPEN_ITEMS, ItemStatus
from ocrcore.ports.documents import DocumentMissing

_PAGE = 200


def job_text(context: Context, owner: str, job_id: UUID) -> str:
    """Return the texts of the good pages in order, a form feed between each two.

    Raises ``NotFinished`` while the job is open, and ``NoText`` when it finished without any good page.
    """
    job = _finished(context, owner, job_id)
    return "\f".join(item.ocr_text or "" for item in _good_items(context, job))


def job_layouts(context: Context, owner: str, job_id: UUID) -> tuple[Job, Iterator[dict[str, Any]]]:
    """Return the job and the layouts of its good pages, in order. Raises as :func:`job_text` does.

    To go on may raise ``LayoutLost``, and ``JobNotFound`` where the job goes in between.
    """
    job = _finished(context, owner, job_id)
    return job, (_layout(context, owner, item) for item in _good_items(context, job))


def item_text(context: Context, owner: str, item_id: UUID) -> str:
    """Return the text of a page. Raises ``NotFinished`` while it is open, and ``NoText`` when it is ERROR."""
    return _good_item(context, owner, item_id).ocr_text or ""


def item_layout(context: Context, owner: str, item_id: UUID) -> dict[str, Any]:
    """Return the layout of a page. Raises as :func:`item_text` does, and ``LayoutLost``."""
    try:
        return _layout(context, owner, _good_item(context, owner, item_id))
    except JobNotFound as gone:
        raise ItemNotFound from gone


def _finished(context: Context, owner: str, job_id: UUID) -> Job:
    job = get_job(context, owner, job_id)
    if job.is_open:
        raise NotFinished
    if job.counts.done == 0:
        raise NoText
    context.reads.note(job, AuditAction.RESULT_READ, context.clock.now())
    return job


def _good_items(context: Context, job: Job) -> Iterator[Item]:
    """Yield them in order. Raises ``JobNotFound`` where the job goes in between: less than all is no result."""
    after, left = -1, job.counts.done
    while items := context.jobs.items(job.id, ItemStatus.DONE, after, _PAGE):
        yield from items
        after, left = items[-1].position, left - len(items)
    if left > 0:
        raise JobNotFound


def _good_item(context: Context, owner: str, item_id: UUID) -> Item:
    item = get_item(context, owner, item_id)
    if item.status in OPEN_ITEMS:
        raise NotFinished
    if item.status is not ItemStatus.DONE:
        msg = "It finished without any text; its error_msg says why."
        raise NoText(msg)
    return item


def _layout(context: Context, owner: str, item: Item) -> dict[str, Any]:
    try:
        layout: dict[str, Any] = json.loads(gzip.decompress(context.documents.get(item.layout_key or "")))
    except (DocumentMissing, EOFError, gzip.BadGzipFile, zlib.error, ValueError) as error:
        get_job(context, owner, item.job_id)  # which may have been deleted since its row was read
        msg = (
            f"The layout of the page at position {item.position} is lost; format=txt still gives its text."
            " Tell the operator the instance of this answer."
        )
        raise LayoutLost(msg) from error
    return layout
