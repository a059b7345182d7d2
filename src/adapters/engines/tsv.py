"""Tesseract's TSV output."""

from collections.abc import Iterator
from itertools import groupby
from typing import Final, NamedTuple

from ocrcore.domain.layout import Box, Line, Word
from ocrcore.domain.normalisation import normalise_text

_COLUMNS: Final = 12
_WORD_LEVEL: Final = "5"
_FULL_CONFIDENCE: Final = 100.0


class _Row(NamedTuple):
    #: Block, paragraph, line.
    line: tuple[str, ...]
    word: Word


def parse_lines(table: str, size: tuple[int, int]) -> tuple[Line, ...]:
    """Return the lines of a page of this size, in the table's order. Raises ``ValueError`` for an invalid table.

    Words that are blank or have no confidence are skipped. Boxes are clipped to the page.
    """
    rows = _rows(table, size)
    return tuple(_line([row.word for row in words]) for _, words in groupby(rows, key=lambda row: row.line))


def _rows(table: str, size: tuple[int, int]) -> Iterator[_Row]:
    for record in table.split("\n")[1:]:
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
            yield _Row(tuple(cells[2:5]), Word(text, box, round(min(confidence, _FULL_CONFIDENCE), 2)))


def _box(left: int, top: int, width: int, height: int, *, size: tuple[int, int]) -> Box:
    x0, y0 = min(max(left, 0), size[0]), min(max(top, 0), size[1])
    return x0, y0, min(max(left + width, x0), size[0]), min(max(top + height, y0), size[1])


def _line(words: list[Word]) -> Line:
    x0s, y0s, x1s, y1s = zip(*(word.bbox for word in words), strict=True)
    return Line((min(x0s), min(y0s), max(x1s), max(y1s)), tuple(words))
