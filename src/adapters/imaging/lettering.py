"""A cheap look at the lines of a page: how tall they are, and whether they stand in one narrow column."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from statistics import median
from typing import Final

from PIL import Image, ImageChops

#: Pixels of the width in which a page is looked at, at least; fewer if the page has no more.
_WIDTH: Final = 400
#: Strips of the page in which lines are looked for: so narrow that a skewed line is a line in each of them.
_STRIPS: Final = 16
#: The share of a strip's row that is ink where the row is of a line.
_INKED: Final = 0.05
_IS_INKED: Final = bytes(level >= _INKED * 255 for level in range(256))
_RUN: Final = re.compile(b"\x01+")
#: Rows of the shortest line, in pixels of the page. Less is dust.
_SHORTEST: Final = 4
#: Heights of a line that one narrow column is wide at most, and how much taller than wide its page is at least.
_NARROW, _TALL = 48, 1.3
#: The share of a page that is ink at most. Where more is, it has pictures, dark surroundings, or a dark ground.
_MOST_INK: Final = 0.25
#: The share of a page, or of an area, that is dark where its ground is. Letters leave more light than that.
_DARK: Final = 0.5
#: Rows that are looked at before all are.
_SOME_ROWS: Final = 8
#: How wide such an area is at least, in heights of a line. Logos and bar codes have narrower ones.
_DARK_WIDTH: Final = 6
#: The grid in which columns are looked for: cells across, and bands of lines.
_CELLS, _BANDS = 64, 8
#: So many bands with columns follow each other where there are columns. A list may have gaps in a band or two.
_IN_A_ROW: Final = 3
#: The share of a band's usual ink that a cell of a column has, and one of the gap between two columns.
_FULL, _EMPTY = 0.4, 0.05
#: The share of the width that each of two and of three columns has at least. What is narrower is a column of prices,
#: which are read by rows.
_OF_TWO, _OF_THREE = 0.2, 0.14


@dataclass(frozen=True, slots=True)
class Lettering:
    """What the lines of a page look like."""

    #: The height of the ink of a usual line, in pixels; 0 without lines.
    height: float
    #: The same of its small lines: a quarter of the lines are less tall, dust included; 0 without lines.
    small: float
    #: Whether the lines are those of one column, few letters wide, on a page that is tall, as those of a receipt.
    is_one_narrow_column: bool
    #: Whether most of the page is dark.
    is_dark: bool
    #: Whether there are dark areas as large as a word, in which there may be light ones.
    has_dark_areas: bool


def lettering_of(page: Image.Image) -> Lettering:
    """Return what the lines of a page in mode L look like, if they are dark on light."""
    scale = max(1, page.width // _WIDTH)
    ink = _ink(page.reduce(scale))
    heights = sorted(_heights(ink, max(1, _SHORTEST // scale)))
    height = median(heights) * scale if heights else 0
    small = heights[len(heights) // 4] * scale if heights else 0
    is_narrow = page.width <= _NARROW * height and page.height >= _TALL * page.width
    share = ink.histogram()[255] / (ink.width * ink.height)
    return Lettering(
        height,
        small,
        is_one_narrow_column=is_narrow and share <= _MOST_INK and not _has_columns(ink),
        is_dark=share >= _DARK,
        has_dark_areas=share >= _DARK or _has_dark_areas(ink, height / scale),
    )


def has_two_levels(page: Image.Image) -> bool:
    """Return whether a page in mode L is black and white only."""
    middle = page.crop((0, page.height // 2, page.width, page.height // 2 + _SOME_ROWS))  # enough for most that are not
    return not any(middle.histogram()[1:-1]) and not any(page.histogram()[1:-1])


def _ink(page: Image.Image) -> Image.Image:
    """Return the page with 255 for ink and 0 for ground."""
    level = _threshold(page.histogram())
    return page.point([255] * (level + 1) + [0] * (255 - level))


def _threshold(histogram: Sequence[int]) -> int:
    """Return the last level of ink by Otsu's method, by which Tesseract tells ink from ground too."""
    total, whole = sum(histogram), sum(level * count for level, count in enumerate(histogram))
    best, found = -1.0, 127
    below = weight = 0
    for level, count in enumerate(histogram):
        below, weight = below + count, weight + level * count
        if 0 < below < total:
            distance = weight / below - (whole - weight) / (total - below)
            between = below * (total - below) * distance**2
            if between > best:
                best, found = between, level
    return found


def _heights(ink: Image.Image, shortest: int) -> Iterator[int]:
    """Yield the height of each line in each strip, in rows."""
    rows = ink.resize((_STRIPS, ink.height), Image.Resampling.BOX).tobytes()
    for strip in range(_STRIPS):
        for line in _RUN.finditer(rows[strip::_STRIPS].translate(_IS_INKED)):
            if (height := line.end() - line.start()) >= shortest:
                yield height


def _has_dark_areas(ink: Image.Image, height: float) -> bool:
    """Return whether an area one word wide and one line of this height tall is dark, light letters in it or not."""
    wide, tall = max(1, round(_DARK_WIDTH * height)), max(1, round(height / 2))
    areas = ink.reduce((min(wide, ink.width), min(tall, ink.height))).point([0] * 128 + [255] * 128)
    below = areas.transform(areas.size, Image.Transform.AFFINE, (1, 0, 0, 0, 1, 1))
    return ImageChops.darker(areas, below).getbbox() is not None


def _has_columns(ink: Image.Image) -> bool:
    """Return whether columns of text stand side by side in some bands of the page that follow each other."""
    cells = ink.resize((_CELLS, _BANDS), Image.Resampling.BOX).tobytes()
    bands = [_are_columns(cells[band * _CELLS : (band + 1) * _CELLS]) for band in range(_BANDS)]
    return any(has and len(list(run)) >= _IN_A_ROW for has, run in groupby(bands))


def _are_columns(cells: bytes) -> bool:
    """Return whether wide runs of full cells have empty cells between them."""
    inked = [level for level in cells if level]
    if not inked:
        return False
    usual = median(inked)
    widths = sorted(
        sum(level >= _FULL * usual for level in run) / _CELLS
        for is_column, run in groupby(cells, key=lambda level: level > _EMPTY * usual)
        if is_column
    )
    return widths[-2:-1] >= [_OF_TWO] or widths[-3:-2] >= [_OF_THREE]
