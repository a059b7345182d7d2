"""Inspect the files of a submission: what kind each is, and which of its pages are to be read.

A file that cannot be read refuses the whole request, or, with the option ``accept_partial``, becomes one item with an
error. The limits of the request (number of files, bytes of a file, pages of the job) always refuse all of it, and so
does a request without a single good file.
"""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import BinaryIO

from ocrcore.application.context import Context
from ocrcore.application.fleet import live_workers
from ocrcore.application.jobs.new_job import Upload
from ocrcore.domain.codes import ItemErrorCode, JobWarning
from ocrcore.domain.engine_choice import needs_new_worker
from ocrcore.domain.errors import (
    DocumentsBusy,
    EmptyFile,
    FileTooLarge,
    NoFiles,
    NoPages,
    Refusal,
    TooManyFiles,
    TooManyPages,
)
from ocrcore.domain.file_refusals import item_code_for
from ocrcore.domain.media import KIND_OF
from ocrcore.domain.normalisation import clean_name
from ocrcore.domain.options import JobOptions
from ocrcore.ports.imaging import Header


@dataclass(frozen=True, slots=True)
class InspectedFile:
    """A file, and what inspection found."""

    #: Of the kind of its bytes.
    extension: str
    #: The numbers of the pages to be read, at least one.
    numbers: Sequence[int]
    #: Whether the file has no other page.
    is_one_page: bool = True
    #: Whether release 0.1 would end its pages with another result.
    is_new: bool = True
    warnings: Sequence[JobWarning] = ()
    #: Why it cannot be read, if its job accepts such files.
    refusal: ItemErrorCode | None = None
    #: In bytes.
    size: int = 0


def inspect_uploads(
    context: Context, uploads: Iterable[Upload], options: JobOptions, owner: str
) -> Sequence[InspectedFile]:
    """Return what is known of each file. Raises a ``Refusal`` that names the index of the first bad file, if any.

    A file is done with when the next one is asked for. There is at least one.
    """
    files: list[InspectedFile] = []
    pages = 0
    first: Refusal | None = None
    for index, upload in enumerate(uploads):
        try:
            size = stream_size(upload.content)
            files.append(replace(_inspected(context, upload.content, (index, owner), options), size=size))
        except Refusal as refusal:
            named = refusal.at(index, clean_name(upload.filename))
            code = item_code_for(refusal)
            if code is None or not options.accept_partial:
                raise named from refusal
            first = first or named
            files.append(InspectedFile(context.imaging.extension(upload.content), [1], refusal=code, size=size))
        pages += len(files[-1].numbers)
        _check_items(context, pages, upload, index)
    if first is not None and all(file.refusal for file in files):
        raise first
    _check_workers(context, files, options)
    return files


def check_number(context: Context, files: int) -> None:
    """Refuse a job of no file, or of too many."""
    if not files:
        msg = "Send at least one file."
        raise NoFiles(msg)
    if files > context.policy.max_files:
        msg = f"A job takes at most {context.policy.max_files} files; split the request."
        raise TooManyFiles(msg)


def check_size(context: Context, size: int) -> None:
    """Refuse a file of no bytes, or of too many."""
    if size == 0:
        msg = "The file is empty."
        raise EmptyFile(msg)
    if size > context.policy.max_file_bytes:
        raise FileTooLarge.above(context.policy.max_file_bytes)


def stream_size(content: BinaryIO) -> int:
    """Return the number of bytes of a file, whose position changes."""
    return content.seek(0, os.SEEK_END)


def _inspected(context: Context, content: BinaryIO, turn: tuple[int, str], options: JobOptions) -> InspectedFile:
    header = _header(context, content, *turn)
    kind = KIND_OF[header.extension]
    numbers = options.pages.within(header.pages) if header.pages > 1 or kind.is_document else [1]
    if not numbers:
        msg = f"It has none of the pages {options.pages}: the document has {header.pages}."
        raise NoPages(msg)
    if len(numbers) > context.policy.max_pages:
        msg = f"There are {len(numbers)} pages to be read; a file may have {context.policy.max_pages}. Split it."
        raise TooManyPages(msg)
    is_new = header.pages > 1 or not kind.in_first_release
    return InspectedFile(header.extension, numbers, header.pages == 1, is_new, header.warnings)


def _header(context: Context, content: BinaryIO, place: int, owner: str) -> Header:
    check_size(context, stream_size(content))
    content.seek(0)
    return context.imaging.inspect(content, place, owner)


def _check_items(context: Context, pages: int, last: Upload, index: int) -> None:
    """Refuse a file with which the job has so many pages, if they are too many."""
    if pages > context.policy.max_items:
        msg = f"With it the job has {pages} pages; a job may have {context.policy.max_items}. Send several jobs."
        refusal = TooManyPages(msg, limit="max_items")
        raise refusal.at(index, clean_name(last.filename)) from refusal


def _check_workers(context: Context, files: Sequence[InspectedFile], options: JobOptions) -> None:
    """Refuse what is new while a worker of release 0.1 is live, which would end its pages with an error of its own."""
    engine = context.engine
    is_new = needs_new_worker(options, engine.offers, engine.default) or any(file.is_new for file in files)
    if is_new and not all(report.documents for report in live_workers(context)):
        msg = "A worker of an older release is running, which does not read this; send it when all are upgraded."
        raise DocumentsBusy(msg)
