"""The format ``tsv``: the twelve columns of Tesseract's, one row for each page, block, paragraph, line and word.

Fields are separated by tabs and never quoted, so readers must not interpret quotation marks (``QUOTE_NONE`` in Python).
A page has one block. ``conf`` is -1 in every row but those of words.
"""

from collections.abc import Iterator
from typing import Final

from ocrcore.domain.layout import Box, Layout, around
from ocrcore.formats.results import JobResult, PageResult
from ocrcore.formats.xml_text import plain

_HEAD: Final = "level page_num block_num par_num line_num word_num left top width height conf text".replace(" ", "\t")
_PAGE, _BLOCK, _PARAGRAPH, _LINE, _WORD = range(1, 6)
_NO_CONFIDENCE: Final = -1.0


def page_tsv(page: PageResult) -> Iterator[bytes]:
    """Yield the table of a page."""
    return _table(iter([page]))


def job_tsv(result: JobResult) -> Iterator[bytes]:
    """Yield the table of a job, page by page, in constant memory. Its pages are numbered from 1, in order."""
    return _table(result.pages)


def _table(pages: Iterator[PageResult]) -> Iterator[bytes]:
    yield f"{_HEAD}\n".encode()
    for number, page in enumerate(pages, 1):
        yield "".join(_rows(number, page.read_layout())).encode()


def _rows(page: int, layout: Layout) -> Iterator[str]:
    yield _row(_PAGE, (page, 0, 0, 0, 0), (0, 0, layout.width, layout.height))
    if not layout.lines:
        return
    yield _row(_BLOCK, (page, 1, 0, 0, 0), layout.clipped(around(line.bbox for line in layout.lines)))
    for par, paragraph in enumerate(layout.paragraphs, 1):
        yield _row(_PARAGRAPH, (page, 1, par, 0, 0), layout.clipped(around(line.bbox for line in paragraph)))
        for at, line in enumerate(paragraph, 1):
            yield _row(_LINE, (page, 1, par, at, 0), layout.clipped(line.bbox))
            for place, word in enumerate(line.words, 1):
                if text := plain(word.text):
                    box = layout.clipped(word.bbox)
                    yield _row(_WORD, (page, 1, par, at, place), box, word.confidence, text)


def _row(level: int, numbers: tuple[int, ...], box: Box, confidence: float | None = None, text: str = "") -> str:
    x0, y0, x1, y1 = box
    told = _NO_CONFIDENCE if confidence is None else confidence
    fields = (level, *numbers, x0, y0, x1 - x0, y1 - y0, f"{told:g}", text)
    return "\t".join(map(str, fields)) + "\n"
