"""Ink that differs from its ground in colour alone, as orange on a grey of the same luminance.

A page that has dark ink too has contrast enough, and yet such a line is not on its luminance. It is looked for where
the luminance is even and the colour is not, on a small page, and drawn into the luminance there. Elsewhere the page
stays as it is, pixel by pixel.
"""

from collections.abc import Callable, Sequence
from typing import Final

from PIL import Image, ImageChops, ImageFilter, ImageStat

from adapters.imaging.contrast import legible_channel, spread
from adapters.imaging.ink import WIDEST
from adapters.imaging.ranks import lightest_near, without_dark_strokes, without_light_strokes

#: About how long the longest side of the small page is, in pixels.
SIDE: Final = 1000
#: Levels by which the colour of ink differs from what is around it, and by which the luminance must not, to be lost.
_COLOURED, _EVEN = 16, 8
#: By how much a picture is reduced to see whether it is grey, and the levels between its colours if it is not.
_EIGHTH, _GREY = 8, 4
#: How far what is around a pixel reaches, and how far luminance must be even; and the width of a mask, which is odd.
_AROUND, _NEAR, _WIDER = 7, 3, 9
#: Pixels of lost ink that are more than the seams of a photograph.
_LEAST: Final = 150
#: The width of the window in which most is ground. Odd.
_GROUND: Final = 15
#: Levels by which ink is to differ from its ground.
_DRAWN: Final = 160
_WHITE, _MIDDLE = 255, 128


def with_all_ink(
    luminance: Image.Image, small: Callable[[], Image.Image | None], channels: Callable[[], Sequence[Image.Image]]
) -> Image.Image:
    """Return a page in mode L with all ink that is seen in its luminance or in its colours.

    ``small`` and ``channels`` are those of :func:`with_colour_ink`.
    """
    page = legible_channel(luminance, channels)
    return with_colour_ink(page, small, channels) if page is luminance else page


def is_colourless(jpeg: Image.Image) -> bool:
    """Return whether a JPEG in RGB, of which nothing was decoded yet, is grey all over, as scans often are.

    It is decoded at an eighth of its size, at which ink in colour still differs from its ground.
    """
    jpeg.draft("YCbCr", (jpeg.width // _EIGHTH, jpeg.height // _EIGHTH))
    return jpeg.mode == "YCbCr" and all(spread(channel) < _GREY for channel in jpeg.split()[1:])


def with_colour_ink(
    page: Image.Image, small: Callable[[], Image.Image | None], channels: Callable[[], Sequence[Image.Image]]
) -> Image.Image:
    """Return a page in mode L with the ink that differs from its ground in colour alone.

    ``small`` is the page in RGB or YCbCr of about :data:`SIDE`, None if it has no colours; ``channels`` are the colours
    of the page itself, which are asked for only if there is such ink.
    """
    colours = small()
    lost = None if colours is None else _lost_ink(colours)
    if colours is None or lost is None:
        return page
    place, channel = max(enumerate(colours.convert("RGB").split()), key=lambda one: _mean_within(_relief(one[1]), lost))
    ground = channel.filter(ImageFilter.MedianFilter(_GROUND))
    most = max(1.0, _mean_within(ImageChops.difference(channel, ground), lost))
    ink = ImageChops.difference(channels()[place], ground.resize(page.size, Image.Resampling.BILINEAR))
    ink = ink.point(lambda level: min(_WHITE, round(level * _DRAWN / most)))
    is_light = _mean_within(colours.convert("L"), lost) >= _MIDDLE
    drawn = ImageChops.subtract(page, ink) if is_light else ImageChops.add(page, ink)
    around = lightest_near(lost, _WIDER // 2).resize(page.size, Image.Resampling.NEAREST)
    return Image.composite(drawn, page, around)


def _lost_ink(colours: Image.Image) -> Image.Image | None:
    """Return where a small page has ink in colour alone, as a mask; None if it has none."""
    luminance, *chroma = (colours if colours.mode == "YCbCr" else colours.convert("YCbCr")).split()
    if all(spread(channel) < _COLOURED for channel in chroma):
        return None
    lost = ImageChops.lighter(*map(_relief, chroma)).point(lambda level: _WHITE * (level >= _COLOURED))
    if lost.histogram()[_WHITE] < _LEAST:
        return None
    uneven = _relief(luminance).point(lambda level: _WHITE * (level >= _EVEN))
    for _ in range(1 + _NEAR):  # first at the pixels themselves, which is enough for most pages
        lost = ImageChops.subtract(lost, uneven)
        if lost.histogram()[_WHITE] < _LEAST:
            return None
        uneven = lightest_near(uneven, 1)
    return lost if _is_of_strokes(lost, chroma) else None


def _is_of_strokes(lost: Image.Image, chroma: Sequence[Image.Image]) -> bool:
    """Return whether what is lost has the same ground on both of its sides. The edges of coloured areas do not."""
    box = lost.getbbox()
    if box is None:
        return False
    lost, strokes = lost.crop(box), Image.new("L", (box[2] - box[0], box[3] - box[1]))
    for channel in (channel.crop(box) for channel in chroma):
        for ground in (without_dark_strokes(channel, WIDEST), without_light_strokes(channel, WIDEST)):
            strokes = ImageChops.lighter(strokes, ImageChops.difference(channel, ground))
    strokes = strokes.point(lambda level: _WHITE * (level >= _COLOURED))
    return 2 * ImageChops.darker(lost, strokes).histogram()[_WHITE] >= lost.histogram()[_WHITE]


def _relief(channel: Image.Image) -> Image.Image:
    """Return by how much each pixel differs from what is around it."""
    return ImageChops.difference(channel, channel.filter(ImageFilter.BoxBlur(_AROUND)))


def _mean_within(channel: Image.Image, mask: Image.Image) -> float:
    return float(ImageStat.Stat(channel, mask).mean[0])
