"""The order in which lines are read: by rows, and on pages with columns by the blocks of Tesseract's layout analysis.

The detection model finds lines and knows no columns. Where columns stand close together, it finds one line across both,
so lines are cut where a gap is as wide as the line is high; where there are no columns, that changes nothing. Layout
analysis takes as long as a fifth of a reading, so only pages on which long lines stand side by side are analysed.
"""

from collections.abc import Sequence
from statistics import median
from typing import Any, Final

from more_itertools import split_when
from PIL import Image

from adapters.engines.geometry import line_of, rows, with_baseline
from ocrcore.domain.layout import Box, Line, Word, seen_from

#: Least ratio of width to height of a long line.
_LONG: Final = 6
#: Least share of lines that are long and have another such beside them. Two columns have 0.89, receipts at most 0.13.
_COLUMNS: Final = 0.25
#: The page is analysed at half its size if half its lines are so high, in pixels. Columns of lower ones run together.
_TALL: Final = 40


def in_order(page: Image.Image, lines: Sequence[Line]) -> list[list[Line]]:
    """Return the lines of each block of the page, in reading order."""
    if not lines:
        return []
    parts = [part for line in lines for part in parted(line)]
    blocks = _blocks(page, _reduction(parts)) if _has_columns([part.bbox for part in parts]) else []
    if len(blocks) < 2:  # noqa: PLR2004 - one block is no order
        return [rows(lines)]
    within: list[list[Line]] = [[] for _ in blocks]
    for part in parts:
        within[_nearest(part.bbox, blocks)].append(part)
    return [rows(block) for block in within if block]


def parted(line: Line) -> list[Line]:
    """Return the parts of a line between gaps that may be those of columns: those as wide as the line is high."""
    height = line.bbox[3] - line.bbox[1]

    def is_apart(one: Word, other: Word) -> bool:
        return other.bbox[0] - one.bbox[2] >= height

    parts = [line_of(words) for words in split_when(line.words, is_apart)]
    if len(parts) == 1:
        return [line]
    return [with_baseline(part, seen_from(line.baseline, line.bbox, part.bbox)) for part in parts]


def _has_columns(boxes: Sequence[Box]) -> bool:
    long = [box for box in boxes if box[2] - box[0] >= _LONG * (box[3] - box[1])]
    beside = sum(any(_is_beside(box, other) for other in long) for box in long)
    return beside > _COLUMNS * len(boxes)


def _is_beside(box: Box, other: Box) -> bool:
    """Return whether another box is at the same height and apart."""
    middle = (box[1] + box[3]) / 2
    return other[1] < middle < other[3] and (other[0] >= box[2] or other[2] <= box[0])


def _reduction(lines: Sequence[Line]) -> int:
    return 2 if median(line.bbox[3] - line.bbox[1] for line in lines) >= _TALL else 1


def _blocks(page: Image.Image, reduction: int) -> list[Box]:
    """Return the boxes of the page's blocks of text, in reading order; none if Tesseract is not installed."""
    try:
        import tesserocr  # noqa: PLC0415 - an optional extra
    except ImportError:
        return []
    library: Any = tesserocr
    small = page.reduce(reduction)
    with library.PyTessBaseAPI(init=False) as api:
        api.InitForAnalysePage()
        api.SetPageSegMode(library.PSM.AUTO)
        api.SetImageBytes(small.tobytes(), *small.size, 1, small.width)
        found = api.AnalyseLayout()
        if found is None:
            return []
        blocks = (block.BoundingBox(library.RIL.BLOCK) for block in library.iterate_level(found, library.RIL.BLOCK))
        return [_enlarged(box, reduction) for box in blocks if box is not None]


def _enlarged(box: Box, times: int) -> Box:
    x0, y0, x1, y1 = (edge * times for edge in box)
    return x0, y0, x1, y1


def _nearest(box: Box, blocks: Sequence[Box]) -> int:
    """Return the place of the block that covers most of a box, or of that which is nearest to one beside all."""
    return min(range(len(blocks)), key=lambda place: (-_overlap(box, blocks[place]), _distance(box, blocks[place])))


def _overlap(box: Box, other: Box) -> int:
    width = min(box[2], other[2]) - max(box[0], other[0])
    height = min(box[3], other[3]) - max(box[1], other[1])
    return max(width, 0) * max(height, 0)


def _distance(box: Box, other: Box) -> int:
    apart = max(other[0] - box[2], box[0] - other[2], 0), max(other[1] - box[3], box[1] - other[3], 0)
    return sum(apart)
