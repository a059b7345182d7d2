"""Layouts of pages as a good engine returns them: words of random order, in the places where a press puts them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from random import Random

from PIL import ImageFont

from ocrcore.domain.layout import Layout, Line, Word, around, layout_of

_WORDS = [
    *("the", "quick", "brown", "fox", "jumps", "over", "a", "lazy", "dog", "and", "then", "pages", "glyph", "anchor"),
    *("typography", "Ägypten", "Über", "çedilla", "joy", "quality", "zebra", "mission", "4711", "2026", "total", "in"),
    *("amount", "invoice", "paragraph", "example", "system", "of", "to", "is", "it", "at", "by", "we"),
]
#: A4 at 300 dots per inch.
WIDTH, HEIGHT = 2480, 3508
_MARGIN, _GUTTER = 150, 100


@dataclass(frozen=True)
class Setting:
    """How a page is printed, in pixels."""

    columns: int = 1
    size: int = 42
    #: The distance of lines, in sizes.
    leading: float = 1.2
    #: How far each line falls for each pixel to the right.
    skew: float = 0.0


@cache
def font_of(size: int) -> ImageFont.FreeTypeFont:
    """Return the font of a page, in this size in pixels."""
    return ImageFont.truetype(str(files("font_roboto") / "files" / "Roboto-Regular.ttf"), size)


def printed(setting: Setting, seed: int = 1) -> tuple[Layout, Sequence[str]]:
    """Return the layout of a page, and its words in the order of reading."""
    random = Random(seed)  # noqa: S311 - replayed, not secret
    width = (WIDTH - 2 * _MARGIN - _GUTTER * (setting.columns - 1)) // setting.columns
    lines = []
    for column in range(setting.columns):
        left, y = _MARGIN + column * (width + _GUTTER), 200.0
        while y < HEIGHT - 300:
            lines.append(_line(random, setting, left, left + width, y))
            y += setting.size * setting.leading
    layout = layout_of([[line] for line in lines], (WIDTH, HEIGHT), "press 1.0", ("eng",))
    return layout, [word.text for line in lines for word in line.words]


def _line(random: Random, setting: Setting, left: int, right: int, y: float) -> Line:
    words: list[Word] = []
    x = float(left)
    while True:
        text = random.choice(_WORDS)
        x0, y0, x1, y1 = font_of(setting.size).getbbox(text, anchor="ls")
        if x + x1 > right:
            return Line(around(word.bbox for word in words), tuple(words))
        down = y + setting.skew * x
        words.append(Word(text, (int(x + x0), int(down + y0), int(x + x1), int(down + y1)), 90.0))
        x += x1 + setting.size * 0.28
