"""Tesseract's TSV output."""

from collections.abc import Iterator
from itertools import groupby
from typing import Final, NamedTuple

from adapters.engines.geometry import line_of
from ocrcore.domain.layout import Box, Line, Word
from ocrcore.domain.normalisation import normalise_text

_COLUMNS: Final = 12
_PAGE_LEVEL, _WORD_LEVEL = "1", "5"
_FULL_CONFIDENCE: Final = 100.0


class _Row(NamedTuple):
    #: Block and paragraph, and the line in it.
    paragraph: tuple[str, ...]
    line: str
    word: Word


def parse_table(table: str, size: tuple[int, int]) -> list[list[Line]]:
    """Return the paragraphs of a page of this size, each as its lines, in the table's order.

    Words that are blank or have no confidence are skipped. Boxes are clipped to the page. Raises ``ValueError`` for an
    invalid table, and for one that is cut: the row of the page is its first, and every row ends with a line end.
    """
    rows = _rows(table, size)
    return [
        [line_of([row.word for row in words]) for _, words in groupby(paragraph, key=lambda row: row.line)]
        for _, paragraph in groupby(rows, key=lambda row: row.paragraph)
    ]


def _rows(table: str, size: tuple[int, int]) -> Iterator[_Row]:
    _heading, *records = table.split("\n")
    end = records.pop() if records else None
    if end != "" or not records or records[0].split("\t")[:10] != _page_row(size):
        msg = "a table that is cut"
        raise ValueError(msg)
    for record in records[1:]:
        cells = record.rstrip("\r").split("\t", _COLUMNS - 1)
        if cells[0] != _WORD_LEVEL:
            continue
        if len(cells) != _COLUMNS:
            msg = "a word without its twelve columns"
            raise ValueError(msg)
        text = "".join(normalise_text(cells[11]).split())
        confidence = float(cells[10])
        if text and confidence >= 0:
            box = _box(*(int(cell) for cell in cells[6:10]), size=size)
            word = Word(text, box, round(min(confidence, _FULL_CONFIDENCE), 2))
            yield _Row(tuple(cells[2:4]), cells[4], word)


def _page_row(size: tuple[int, int]) -> list[str]:
    """Return the first cells of the row of the page: level, page, block, paragraph, line, word, box."""
    return [_PAGE_LEVEL, "1", "0", "0", "0", "0", "0", "0", str(size[0]), str(size[1])]


def _box(left: int, top: int, width: int, height: int, *, size: tuple[int, int]) -> Box:
    x0, y0 = min(max(left, 0), size[0]), min(max(top, 0), size[1])
    return x0, y0, min(max(left + width, x0), size[0]), min(max(top + height, y0), size[1])
