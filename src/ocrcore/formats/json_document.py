"""JSON: the layouts of pages, as the stored documents have them."""

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
    """Yield ``{"job": ..., "items": [layout, ...]}``, page by page, so that no long job is in memory at once."""
    yield f'{{"job": {json.dumps(asdict(JobView.of(result.job)))}, "items": ['.encode()
    separator = b""
    for page in result.pages:
        yield separator
        yield from page_json(page)
        separator = b", "
    yield b"]}"
