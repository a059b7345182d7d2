"""Results: the text and the layout of a page, or of all good pages of a job."""

import gzip
import json
import zlib
from collections.abc import Callable, Iterator
from uuid import UUID

from ocrcore.application.context import Context
from ocrcore.application.jobs.read import get_item, get_job
from ocrcore.domain.audit import AuditAction
from ocrcore.domain.errors import ItemNotFound, JobNotFound, LayoutLost, NoText, NotFinished
from ocrcore.domain.item import Item
from ocrcore.domain.job import Job
from ocrcore.domain.layout import Layout
from ocrcore.domain.lifecycle import OPEN_ITEMS, ItemStatus
from ocrcore.formats.layout_json import layout_of_document
from ocrcore.formats.results import JobResult, PageResult
from ocrcore.ports.documents import DocumentMissing

_BATCH = 200


def job_result(context: Context, owner: str, job_id: UUID) -> JobResult:
    """Return a finished job and its good pages, in order.

    Raises ``NotFinished`` while the job is open, and ``NoText`` if it finished without any good page. Iterating the
    pages raises ``JobNotFound`` if the job is deleted meanwhile.
    """
    job = get_job(context, owner, job_id)
    if job.is_open:
        raise NotFinished
    if job.counts.done == 0:
        raise NoText
    context.reads.note(job, AuditAction.RESULT_READ, context.clock.now())
    pages = (PageResult(item, _reader(context, owner, item)) for item in _good_items(context, job))
    return JobResult(job, pages)


def page_result(context: Context, owner: str, item_id: UUID) -> PageResult:
    """Return the result of a page. Raises ``NotFinished`` while it is open, and ``NoText`` if it is ERROR."""
    item = get_item(context, owner, item_id)
    if item.status in OPEN_ITEMS:
        raise NotFinished
    if item.status is not ItemStatus.DONE:
        msg = "It finished without any text; its error_msg says why."
        raise NoText(msg)

    def read() -> Layout:
        try:
            return _layout(context, owner, item)
        except JobNotFound as gone:
            raise ItemNotFound from gone

    return PageResult(item, read)


def _good_items(context: Context, job: Job) -> Iterator[Item]:
    """Yield the DONE items in order. Raises ``JobNotFound`` if some are gone, so that no partial result looks whole."""
    after, left = -1, job.counts.done
    while items := context.jobs.items(job.id, ItemStatus.DONE, after, _BATCH):
        yield from items
        after, left = items[-1].position, left - len(items)
    if left > 0:
        raise JobNotFound


def _reader(context: Context, owner: str, item: Item) -> Callable[[], Layout]:
    return lambda: _layout(context, owner, item)


def _layout(context: Context, owner: str, item: Item) -> Layout:
    try:
        document = context.documents.get(item.layout_key or "")
        return layout_of_document(json.loads(gzip.decompress(document)))
    except (DocumentMissing, EOFError, gzip.BadGzipFile, zlib.error, ValueError) as error:
        get_job(context, owner, item.job_id)  # which may have been deleted since its row was read
        msg = (
            f"The layout of the page at position {item.position} is lost; format=txt still gives its text."
            " Tell the operator the instance of this answer."
        )
        raise LayoutLost(msg) from error
