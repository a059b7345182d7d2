"""Results: the text and the layout of a page, or of all good pages of a job."""

import gzip
import json
import zlib
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import Final
from uuid import UUID

from ocrcore.application.context import Context
from ocrcore.application.jobs.read import get_item, get_job
from ocrcore.domain.audit import AuditAction
from ocrcore.domain.codes import ItemErrorCode
from ocrcore.domain.correction import corrected_layout
from ocrcore.domain.errors import ItemNotFound, JobNotFound, LayoutLost, NoText, NotFinished, NotSubmitted
from ocrcore.domain.file_refusals import refusal_for
from ocrcore.domain.item import Item
from ocrcore.domain.job import Job
from ocrcore.domain.layout import Layout
from ocrcore.domain.lifecycle import OPEN_ITEMS, ItemStatus
from ocrcore.formats.layout_json import layout_of_document
from ocrcore.formats.results import JobResult, PageResult, PdfOf
from ocrcore.ports.documents import DocumentMissing, Source
from ocrcore.ports.engine import EngineFailure
from ocrcore.ports.pdf_writer import PdfPage

_BATCH: Final = 200
_FILE_LOST: Final = (
    "An uploaded file is lost; format=txt still gives the text. Tell the operator the instance of this answer."
)
_CRASHED: Final = "A page cannot be written into a PDF; the other formats still give its text."


def job_result(context: Context, owner: str, job_id: UUID, *, recognised: bool = False) -> JobResult:
    """Return a finished job and its good pages, in order; with ``recognised``, without the corrections.

    Raises ``NotSubmitted`` for a draft, ``NotFinished`` while the job is open, and ``NoText`` if it finished without
    any good page. Iterating the pages raises ``JobNotFound`` if the job is deleted meanwhile.
    """
    job = get_job(context, owner, job_id)
    if job.submitted_at is None:
        raise NotSubmitted
    if job.is_open:
        raise NotFinished
    if job.counts.done == 0:
        raise NoText
    context.reads.note(job, AuditAction.RESULT_READ, context.clock.now(), context.reader)
    pages = (_page_result(context, owner, _shown(item, recognised)) for item in _good_items(context, job))

    def all_items() -> Iterator[Item]:
        return (_shown(item, recognised) for item in _items(context, job, None, job.counts.total))

    def engines() -> Collection[str]:
        return dict.fromkeys(item.engine for item in _good_items(context, job) if item.engine).keys()

    return JobResult(job, pages, _pdf_of(context, owner, job.name, all_items), engines)


def read_result(context: Context, owner: str, job_id: UUID) -> JobResult:
    """Return the same for a client that asked for the text in one step, to whom an item that says why is no help.

    Raises ``PageFailed`` of the first page, in place of ``NoText``.
    """
    try:
        return job_result(context, owner, job_id)
    except NoText as no_text:
        for item in context.jobs.items(job_id, ItemStatus.ERROR, -1, 1):
            if item.failure is not None:
                raise item.failure from no_text
        raise


def page_result(context: Context, owner: str, item_id: UUID, *, recognised: bool = False) -> PageResult:
    """Return the result of a page; with ``recognised``, without the corrections.

    Raises ``NotFinished`` while it is open, and ``NoText`` if it is ERROR.
    """
    item = _shown(get_item(context, owner, item_id), recognised)
    if item.status in OPEN_ITEMS:
        raise NotFinished
    if item.status is not ItemStatus.DONE:
        msg = "It finished without any text; its error_msg says why."
        raise NoText(msg)

    result = _page_result(context, owner, item)

    def layout_of_item() -> Layout:
        with _of_item():
            return result.read_layout()

    def write_pdf(*, archival: bool) -> Iterator[bytes]:
        with _of_item():
            yield from result.write_pdf(archival=archival)

    return PageResult(item, layout_of_item, write_pdf)


@contextmanager
def _of_item() -> Iterator[None]:
    """Say of a deleted job that the item is gone, which is what the client asked for."""
    try:
        yield
    except JobNotFound as gone:
        raise ItemNotFound from gone


def _page_result(context: Context, owner: str, item: Item) -> PageResult:
    return PageResult(item, _reader(context, owner, item), _pdf_of(context, owner, item.filename, lambda: iter([item])))


def _pdf_of(context: Context, owner: str, title: str, items: Callable[[], Iterator[Item]]) -> PdfOf:
    def write(*, archival: bool) -> Iterator[bytes]:
        pages = (_pdf_page(context, owner, item) for item in items())
        try:
            yield from context.pdf_writer.write(pages, title, archival=archival, owner=owner)
        except DocumentMissing as missing:
            raise LayoutLost(_FILE_LOST) from missing
        except EngineFailure as failure:
            raise refusal_for(failure.code, _CRASHED if failure.code is ItemErrorCode.OCR_CRASHED else "") from failure

    return write


def _pdf_page(context: Context, owner: str, item: Item) -> PdfPage:
    def open_file() -> Source:
        if item.refusal is not None:
            raise DocumentMissing  # for an empty page in its place: a part of the file would pass for the whole
        try:
            return context.documents.open(item.s3_key)
        except DocumentMissing:
            get_job(context, owner, item.job_id)  # which may have been deleted since its row was read
            raise

    has_text = item.status is ItemStatus.DONE
    return PdfPage(item.s3_key, item.page, open_file, _reader(context, owner, item) if has_text else None)


def _good_items(context: Context, job: Job) -> Iterator[Item]:
    return _items(context, job, ItemStatus.DONE, job.counts.done)


def _items(context: Context, job: Job, status: ItemStatus | None, count: int) -> Iterator[Item]:
    """Yield the items in order. Raises ``JobNotFound`` if some are gone, so that no partial result looks whole."""
    after, left = -1, count
    while items := context.jobs.items(job.id, status, after, _BATCH):
        yield from items
        after, left = items[-1].position, left - len(items)
    if left > 0:
        raise JobNotFound


def _reader(context: Context, owner: str, item: Item) -> Callable[[], Layout]:
    return lambda: read_layout(context, owner, item)


def _shown(item: Item, recognised: bool) -> Item:  # noqa: FBT001 - private
    """Return the item with its corrections, or as it was recognised."""
    return item.as_recognised() if recognised else item


def read_layout(context: Context, owner: str, item: Item) -> Layout:
    """Return the layout of a DONE item as it is shown. Raises ``LayoutLost``, and ``JobNotFound`` if its job is gone.

    It has the corrections of the item's revision, or of a later one.
    """
    layout = read_recognised(context, owner, item)
    if item.revision == 0:
        return layout
    corrections = context.jobs.corrections(item.id, owner)
    if max((one.revision for one in corrections), default=0) < item.revision:
        raise JobNotFound  # it was deleted since its row was read
    return corrected_layout(layout, corrections)


def read_recognised(context: Context, owner: str, item: Item) -> Layout:
    """Return the layout of a DONE item as it was recognised. Raises as :func:`read_layout` does."""
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
