"""Pages with shadows or coloured areas: what was not read on them, and how to make their ground even.

Some engines set ink apart from its ground by one level for the whole page. They lose what stands in a shadow, or on a
highlighted line, and cannot tell.
"""

from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Any, Final

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageMath, ImageOps

from adapters.imaging.ranks import darkest_near, lightest_near, without_dark_strokes, without_light_strokes
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
#: Of a page that is not reduced. Reducing takes noise away too, which would look like ink.
_WITHOUT_NOISE: Final = ImageFilter.GaussianBlur(1)
#: What removes strokes that are not wider than this many pixels of a small page, and leaves the edges of areas.
_WIDEST: Final = 9
#: By how much the page is reduced to take its ground.
_REDUCED: Final = 4
#: Ink is as near as this to other ink that it must not be much fainter than, in pixels of the reduced page.
_NEAR: Final = 4
#: The least depth that is made black, in levels, and the same in depths of the noise of bare ground. A share of the
#: page is bare.
_LEAST_DEPTH, _OVER_NOISE, _BARE = 40, 3, 0.2
_WHITE: Final = 255
_IS_DARK: Final = [0] * 128 + [_WHITE] * 128
#: A piece of a line on the reduced page, and the level of which its mean is in a dark area with light letters.
_LINE: Final = ImageFilter.BoxBlur((8, 2))
_MOSTLY: Final = 140
#: The side of a square of which strokes take less than a half. In pixels of the reduced page, as the next two.
_WIDER_THAN_STROKES: Final = 7
#: The width of holes in areas that are closed, and how far from an area of the reduced page its edge may be.
_HOLES, _REACH = 7, 2
#: The same of light letters near the edge of a dark area, at full size.
_LIGHT_LETTERS: Final = 9


def unread_share(page: Image.Image, lines: Sequence[Line]) -> float:
    """Return the share of the ink of a page in mode L that is outside of these lines, 0 if its ground is even."""
    if not is_shaded(page):
        return 0.0
    factor = max(1, max(page.size) // _FINE)
    small = page.reduce(factor) if factor > 1 else page.filter(_WITHOUT_NOISE)
    dark = ImageChops.difference(without_dark_strokes(small, _WIDEST), small)
    light = ImageChops.difference(without_light_strokes(small, _WIDEST), small)
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
    small = lightest_near(page.reduce(max(1, max(page.size) // _SMALL)), 1)
    histogram = small.histogram()
    upwards = list(accumulate(histogram))
    bright = next(level for level, count in enumerate(upwards) if count >= (1 - _BRIGHTEST) * upwards[-1])
    darker = upwards[round(bright * _DARKER)] / upwards[-1]
    return _LEAST_DARKER <= darker <= _MOST_DARKER


def evened(page: Image.Image) -> Image.Image:
    """Return a page in mode L with dark ink on white, and all of the ink about as dark.

    It is divided by its ground, and then the ink by the depth of the darkest ink near it. For an engine that sets ink
    apart by one level, faint letters would be lost beside an area that stays dark, as one with white letters does.
    """
    # Widened by a pixel, dark areas have no rim of the mean of two grounds, which would look like ink.
    dark_areas = darkest_near(without_dark_strokes(page.reduce(_REDUCED), _WIDEST), 1)
    ground = _enlarged(dark_areas.point(_at_least(1)), page)
    depth = _calculated(lambda page, ground: _WHITE - page * float(_WHITE) / ground, page, ground)
    deepest = lightest_near(lightest_near(depth, 1).reduce(_REDUCED), _NEAR).filter(ImageFilter.BoxBlur(1))
    bare = _BARE * deepest.width * deepest.height
    noise = next(level for level, count in enumerate(accumulate(deepest.histogram())) if count >= bare)
    least = min(_WHITE, max(_LEAST_DEPTH, _OVER_NOISE * noise))
    deepest = _enlarged(deepest.point(_at_least(least)), page)
    return _calculated(lambda depth, deepest: _WHITE - depth * float(_WHITE) / deepest, depth, deepest)


def without_dark_areas(page: Image.Image, even: Image.Image) -> Image.Image | None:
    """Return a page in mode L on even ground, with the letters of its dark areas as dark as all others.

    ``even`` is the page as :func:`evened` has it, on which areas stay dark if they have light letters. None if there
    are none.
    """
    dark = ImageOps.invert(even)
    small = _dark_areas(dark.reduce(_REDUCED))
    reached = lightest_near(small, _REACH)
    box = reached.getbbox()
    if box is None:
        return None

    def whole(area: Image.Image) -> Image.Image:
        return _enlarged(area, page).point(_IS_DARK)

    # The reduced page tells an area to a few pixels only; near its edge dark pixels, without light strokes, tell it.
    left, top, right, bottom = (side * _REDUCED for side in box)
    box = left, top, min(right, page.width), min(bottom, page.height)
    exact = Image.new("L", page.size)
    exact.paste(without_dark_strokes(dark.crop(box).point(_IS_DARK), _LIGHT_LETTERS), box[:2])
    exact = ImageChops.darker(exact, whole(reached))
    area = ImageChops.lighter(exact, whole(darkest_near(small, 1)))
    return evened(Image.composite(ImageOps.invert(page), page, area))


def _dark_areas(dark: Image.Image) -> Image.Image:
    """Return the areas with light letters on a reduced page, of which what is dark is given as light; as 0 and 255.

    They are dark all over, and wide: so are no letters, and no rules.
    """
    wide = dark.filter(_LINE).point([0] * _MOSTLY + [_WHITE] * (_WHITE + 1 - _MOSTLY))
    near = wide.filter(_LINE).point([0] + [_WHITE] * _WHITE)
    # of black and white, the mean of a square tells what its median is
    mostly_dark = dark.point(_IS_DARK).filter(ImageFilter.BoxBlur(_WIDER_THAN_STROKES // 2)).point(_IS_DARK)
    areas = ImageChops.darker(mostly_dark, near)
    return without_dark_strokes(areas, _HOLES)


def _calculated(formula: Callable[[Any, Any], Any], one: Image.Image, other: Image.Image) -> Image.Image:
    """Return a picture in mode L of the values of a formula of two, held between 0 and 255."""
    values: Image.Image = ImageMath.lambda_eval(
        lambda of: of["convert"](of["max"](of["min"](formula(of["one"], of["other"]), _WHITE), 0), "L"),
        one=one.convert("F"),
        other=other.convert("F"),
    )
    return values


def _enlarged(small: Image.Image, page: Image.Image) -> Image.Image:
    return small.resize(page.size, Image.Resampling.BILINEAR)


def _at_least(least: int) -> Sequence[int]:
    return [max(least, level) for level in range(_WHITE + 1)]


def _is_ink(level: int) -> int:
    return _WHITE if level >= _CONTRAST else 0
