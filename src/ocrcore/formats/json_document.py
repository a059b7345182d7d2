"""The format ``json``: layouts in the form of the stored documents."""

import json
from collections.abc import Iterator
from dataclasses import asdict

from ocrcore.formats.layout_json import layout_document
from ocrcore.formats.results import JobResult, PageResult
from ocrcore.formats.views import JobView


def page_json(page: PageResult) -> Iterator[bytes]:
    """Yield the layout of a page."""
    document = layout_document(page.item.id, page.item.page, page.read_layout())
    yield json.dumps(document, ensure_ascii=False).encode()


def job_json(result: JobResult) -> Iterator[bytes]:
    """Yield ``{"job": ..., "items": [layout, ...]}`` page by page, in constant memory."""
    yield f'{{"job": {json.dumps(asdict(JobView.of(result.job)))}, "items": ['.encode()
    separator = b""
    for page in result.pages:
        yield separator
        yield from page_json(page)
        separator = b", "
    yield b"]}"
