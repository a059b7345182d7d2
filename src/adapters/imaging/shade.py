"""Pages with shadows or coloured areas: what was not read on them, and how to make their ground even.

Some engines set ink apart from its ground by one level for the whole page. They lose what stands in a shadow, or on a
highlighted line, and cannot tell.
"""

from collections.abc import Sequence
from itertools import accumulate
from typing import Final

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageMath

from ocrcore.domain.layout import Line

#: The longest side of the page for a look, in pixels.
_SMALL: Final = 120
_FINE: Final = 400
#: The share of the brightest level of a ground under which it counts as darker, and the shares of the page that may.
_DARKER: Final = 0.85
_LEAST_DARKER, _MOST_DARKER = 0.03, 0.97
#: The share of a page that is brighter than the level by which its ground is judged.
_BRIGHTEST: Final = 0.1
#: Levels between ink and what is around it.
_CONTRAST: Final = 24
#: What removes strokes that are not wider than this many pixels of a small page, and leaves the edges of areas.
_WIDEST: Final = 9
_DARK_STROKES = (*[ImageFilter.MaxFilter(3)] * (_WIDEST // 2), *[ImageFilter.MinFilter(3)] * (_WIDEST // 2))
_LIGHT_STROKES = _DARK_STROKES[::-1]
#: By how much the page is reduced to take its ground.
_REDUCED: Final = 4
_WHITE: Final = 255


def unread_share(page: Image.Image, lines: Sequence[Line]) -> float:
    """Return the share of the ink of a page in mode L that is outside of these lines, 0 if its ground is even."""
    if not is_shaded(page):
        return 0.0
    factor = max(1, max(page.size) // _FINE)
    small = page.reduce(factor)
    dark = ImageChops.difference(_filtered(small, _DARK_STROKES), small)
    light = ImageChops.difference(_filtered(small, _LIGHT_STROKES), small)
    ink = ImageChops.lighter(dark, light).point(_is_ink)
    total = ink.histogram()[_WHITE]
    draw = ImageDraw.Draw(ink)
    for line in lines:
        x0, y0, x1, y1 = line.bbox
        more = min(x1 - x0, y1 - y0) // 2 + factor
        draw.rectangle([(x0 - more) // factor, (y0 - more) // factor, (x1 + more) // factor, (y1 + more) // factor], 0)
    return ink.histogram()[_WHITE] / total if total else 0.0


def is_shaded(page: Image.Image) -> bool:
    """Return whether a part of the ground of a page in mode L is darker than the rest."""
    small = page.reduce(max(1, max(page.size) // _SMALL)).filter(ImageFilter.MaxFilter(3))
    histogram = small.histogram()
    upwards = list(accumulate(histogram))
    bright = next(level for level, count in enumerate(upwards) if count >= (1 - _BRIGHTEST) * upwards[-1])
    darker = upwards[round(bright * _DARKER)] / upwards[-1]
    return _LEAST_DARKER <= darker <= _MOST_DARKER


def evened(page: Image.Image) -> Image.Image:
    """Return a page in mode L divided by its ground: dark ink on white."""
    ground = (
        _filtered(page.reduce(_REDUCED), _DARK_STROKES)
        .filter(ImageFilter.GaussianBlur(1))
        .resize(page.size, Image.Resampling.BILINEAR)
    )
    even: Image.Image = ImageMath.lambda_eval(
        lambda bands: bands["convert"](bands["min"](bands["page"] * float(_WHITE) / bands["ground"], _WHITE), "L"),
        page=page.convert("F"),
        ground=ground.point(lambda level: max(1, level)).convert("F"),
    )
    return even


def _filtered(page: Image.Image, filters: Sequence[ImageFilter.Filter]) -> Image.Image:
    for one in filters:
        page = page.filter(one)
    return page


def _is_ink(level: int) -> int:
    return _WHITE if level >= _CONTRAST else 0
