"""``ocrcore ocr --format json``: a line of JSON for each page, and for each file or page that could not be read.

``{"file": ..., "item_id": ..., "page": ..., "text": ..., ...}`` is the layout of a page, with its ``warnings`` if it
has any, and those of its file as ``file_warnings``. ``{"file": ..., "error": {"code": ..., "detail": ...}}`` is a
failure, of a document with the number of the ``page``.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from uuid import UUID

from entrypoints.cli.failure import Failure
from entrypoints.folders import NamedFile
from entrypoints.job_options import as_unicode
from ocrcore import Item, Job, OwnerJobs
from ocrcore.formats.layout_json import layout_document


def page_lines(
    jobs: OwnerJobs, file: NamedFile, job: Job, items: Sequence[Item], failures: Mapping[UUID, Failure]
) -> Iterator[bytes]:
    """Yield the lines of the pages of a job's only file in order, without an end of the last one."""
    of_file = {"file_warnings": [warning.code for warning in job.warnings]} if job.warnings else {}
    for number, item in enumerate(items):
        if number:
            yield b"\n"
        if item.id in failures:
            yield error_line(file, failures[item.id])
        else:
            page = jobs.item_result(item.id)
            told = {"warnings": item.warnings} if item.warnings else {}
            yield _line(file, {**layout_document(item.id, item.page, page.read_layout()), **told, **of_file})


def error_line(file: NamedFile, failure: Failure) -> bytes:
    """Return the line of a file, or of a page of it, that could not be read."""
    page = {} if failure.page is None else {"page": failure.page}
    return _line(file, {**page, "error": {"code": failure.code, "detail": failure.sentence}})


def _line(file: NamedFile, fields: Mapping[str, object]) -> bytes:
    return json.dumps({"file": as_unicode(str(file.path)), **fields}, ensure_ascii=False).encode()
