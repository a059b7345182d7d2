"""Tesseract's TSV output. It lacks baselines, which come from elsewhere, by the boxes of their lines."""

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Final, NamedTuple

from adapters.engines.geometry import line_of, with_baseline
from ocrcore.domain.layout import Baseline, Box, Line, Word, seen_from
from ocrcore.domain.normalisation import normalise_text

HEADING: Final = "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext"
_COLUMNS: Final = 12
_PAGE_LEVEL, _LINE_LEVEL, _WORD_LEVEL = "1", "4", "5"
#: The columns of a box: left, top, width, height.
_PLACE: Final = slice(6, 10)
_FULL_CONFIDENCE: Final = 100.0


class _Row(NamedTuple):
    #: Block and paragraph, and the line in it.
    paragraph: tuple[str, ...]
    line: str
    #: The box of the line in the table, which may have words that are skipped.
    within: Box | None
    word: Word


def parse_table(table: str, size: tuple[int, int], baselines: Mapping[Box, Baseline] | None = None) -> list[list[Line]]:
    """Return the paragraphs of a page of this size, each as its lines, in the table's order.

    ``baselines`` are those of lines by their boxes in the table.
    Words that are blank or have no confidence are skipped. Boxes are clipped to the page. Raises ``ValueError`` for an
    invalid table, and for one that is cut: the heading and the row of the page come first, and every row ends with a
    line end.
    """
    rows, known = _rows(table, size), baselines or {}
    return [
        [_line(list(words), known) for _, words in groupby(paragraph, key=lambda row: row.line)]
        for _, paragraph in groupby(rows, key=lambda row: row.paragraph)
    ]


def _line(rows: list[_Row], baselines: Mapping[Box, Baseline]) -> Line:
    line, box = line_of([row.word for row in rows]), rows[0].within
    if box is None:
        return line
    return with_baseline(line, seen_from(baselines.get(box), box, line.bbox))


def _rows(table: str, size: tuple[int, int]) -> Iterator[_Row]:
    heading, *records = table.split("\n")
    end = records.pop() if records else None
    is_headed = heading.rstrip("\r") == HEADING
    if not is_headed or end != "" or not records or records[0].split("\t")[:10] != _page_row(size):
        msg = "a table that is cut"
        raise ValueError(msg)
    within = None
    for record in records[1:]:
        cells = record.rstrip("\r").split("\t", _COLUMNS - 1)
        if cells[0] == _LINE_LEVEL:
            left, top, width, height = map(int, cells[_PLACE])
            within = left, top, left + width, top + height
        if cells[0] != _WORD_LEVEL:
            continue
        if len(cells) != _COLUMNS:
            msg = "a word without its twelve columns"
            raise ValueError(msg)
        text = "".join(normalise_text(cells[11]).split())
        confidence = float(cells[10])
        if text and confidence >= 0:
            box = _box(*map(int, cells[_PLACE]), size=size)
            word = Word(text, box, round(min(confidence, _FULL_CONFIDENCE), 2))
            yield _Row(tuple(cells[2:4]), cells[4], within, word)


def _page_row(size: tuple[int, int]) -> list[str]:
    """Return the first cells of the row of the page: level, page, block, paragraph, line, word, box."""
    return [_PAGE_LEVEL, "1", "0", "0", "0", "0", "0", "0", str(size[0]), str(size[1])]


def _box(left: int, top: int, width: int, height: int, *, size: tuple[int, int]) -> Box:
    x0, y0 = min(max(left, 0), size[0]), min(max(top, 0), size[1])
    return x0, y0, min(max(left + width, x0), size[0]), min(max(top + height, y0), size[1])
