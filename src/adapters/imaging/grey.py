"""From the modes of a decoder to grey for an engine, or to colour for people."""

import math
from collections.abc import Sequence
from typing import Final

from PIL import Image, ImageChops, ImageMath

from adapters.imaging.colour_ink import SIDE, is_colourless, with_all_ink
from adapters.imaging.contrast import ENOUGH, bounds, legible_channel, spread
from adapters.imaging.essence import Essence
from adapters.imaging.headers.tiff_forms import Form
from adapters.imaging.transparency import flat
from ocrcore.domain.codes import ItemErrorCode
from ocrcore.ports.engine import EngineFailure

_WHITE, _BLACK = 255, 0
_FULL_16_BIT: Final = 65_535
_SIXTEEN: Final = 16
#: How far beyond a range its values may seem to reach, for they are known to a 255th of it only.
_NEARLY: Final = 1.01
#: Pixels of a picture that may hold a word.
_MANY: Final = 64
#: How often the range of the pixels is looked at again, each time 128 times as close.
_NARROWINGS: Final = 12
#: What is missing of the upper half of 32 unsigned bits that were read as signed.
_WRAP: Final = 2.0**32


def grey(picture: Image.Image, essence: Essence) -> Image.Image:
    """Return the picture in mode L, without transparency, in the channel in which most is seen."""
    if picture.has_transparency_data:
        picture = _flat(picture, essence, to_read=True)
    if _is_wide(picture):
        return _scaled(picture, essence.form)
    if picture.mode == "LAB":
        return legible_channel(picture.getchannel("L"), picture.split)
    if picture.mode in {"CMYK", "YCbCr", "HSV", "P", "PA"}:
        picture = picture.convert("RGB")
    if picture.mode == "L":
        return with_all_ink(picture, lambda: _small_colours_of(essence), lambda: _channels_of(essence))
    luminance = picture.convert("L")
    return with_all_ink(luminance, lambda: _small_colours(picture), picture.split)


def _small_colours(picture: Image.Image) -> Image.Image | None:
    return picture.reduce(_factor(picture)) if picture.mode == "RGB" else None


def _factor(picture: Image.Image) -> int:
    return max(1, round(max(picture.size) / SIDE))


def _small_colours_of(essence: Essence) -> Image.Image | None:
    """Return a small picture in YCbCr of a JPEG whose luminance alone was decoded; None if it has no colours."""
    if essence.scans is None or essence.scans.lossless:
        return None
    picture = essence.open()
    if picture.mode != "RGB" or is_colourless(essence.open()):
        return None
    factor = _factor(picture)
    picture.draft("YCbCr", (picture.width // factor, picture.height // factor))
    return picture.reduce(_factor(picture))


def _channels_of(essence: Essence) -> Sequence[Image.Image]:
    """Return the colours of a JPEG of which only the luminance was decoded; none of other pictures."""
    if essence.scans is None:
        return ()
    return essence.open().convert("RGB").split()


def coloured(picture: Image.Image, essence: Essence) -> Image.Image:
    """Return the picture in mode L or RGB, without transparency."""
    if picture.has_transparency_data:
        return _flat(picture, essence, to_read=False)
    if _is_wide(picture):
        return _scaled(picture, essence.form)
    mode = "L" if picture.mode in {"1", "L"} else "RGB"
    return picture if picture.mode == mode else picture.convert(mode)


def exact(picture: Image.Image, essence: Essence) -> Image.Image:
    """Return the picture in mode L or RGB, or with 16 bits of grey in mode I;16; without transparency."""
    form = essence.form
    is_whole = form is None or (form.bits == _SIXTEEN and not form.inverted)
    if picture.mode == "I;16" and is_whole and not picture.has_transparency_data:
        return picture
    return coloured(picture, essence)


def _flat(picture: Image.Image, essence: Essence, *, to_read: bool) -> Image.Image:
    """Return a picture with transparency in mode L or RGB, without it.

    The transparent colour of a PNG is one of 16 bits if its samples are, and Pillow does not make it one of 8.
    """
    hidden = picture.info.get("transparency")
    if _is_wide(picture):
        seen = ImageMath.lambda_eval(lambda bands: (bands["wide"] != hidden) * _WHITE, wide=picture.convert("I"))
        picture = Image.merge("LA", (_scaled(picture, essence.form), seen.convert("L")))
    elif isinstance(hidden, tuple) and max(hidden) > _WHITE:
        picture.info["transparency"] = tuple(value >> 8 for value in hidden)
    premultiplied = essence.form is not None and essence.form.premultiplied
    return flat(picture, premultiplied=premultiplied, to_read=to_read)


def _is_wide(picture: Image.Image) -> bool:
    return picture.mode in {"I", "F"} or picture.mode.startswith("I;")


def _scaled(picture: Image.Image, form: Form | None) -> Image.Image:
    """Return more than 8 bits as 8.

    Unsigned values of 12 and of 16 bits are scaled from their whole range, others from the narrowest usual range that
    holds every pixel. Where next to nothing is seen then, they are scaled from the narrowest usual range that holds
    nearly every pixel: the values may be of fewer bits than there is room for, or one pixel may be hot. The largest
    value becomes white, or black if white is zero.
    """
    wide = picture if picture.mode == "F" else picture.convert("I").convert("F")
    if form is not None and form.wraps:
        wide = ImageMath.lambda_eval(lambda bands: bands["wide"] + (bands["wide"] < 0) * _WRAP, wide=wide)
    whole = _range(wide) if picture.mode in {"I", "F"} else (0.0, float(2 ** (form.bits if form else 16) - 1))
    if not all(map(math.isfinite, whole)):
        raise EngineFailure(ItemErrorCode.IMAGE_CORRUPT)
    page = _levels(wide, *whole)
    if spread(page) < ENOUGH and wide.width * wide.height >= _MANY:
        page = _levels(wide, *_usual_range(*_bounds(wide)))
    return ImageChops.invert(page) if form is not None and form.inverted else page


def _levels(wide: Image.Image, low: float, high: float) -> Image.Image:
    scale = _WHITE / (high - low)
    return wide.point(lambda value: value * scale - low * scale).convert("L")


def _range(wide: Image.Image) -> tuple[float, float]:
    """Return the narrowest of three usual ranges that holds every pixel, or else that of the pixels."""
    low, high = _extrema(wide)
    for most in (1.0, float(_WHITE), float(_FULL_16_BIT)):
        if low >= 0 and high <= most:
            return 0.0, most
    return _own_range(low, high)


def _own_range(low: float, high: float) -> tuple[float, float]:
    return (low, high) if low < high else (low, low + 1)


def _extrema(wide: Image.Image) -> tuple[float, float]:
    low, high = (float(bound) for bound in wide.getextrema() if isinstance(bound, int | float))
    return low, high


def _bounds(wide: Image.Image) -> tuple[float, float]:
    """Return the least and the greatest value, a few stray pixels aside."""
    low, high = _extrema(wide)
    for _ in range(_NARROWINGS):
        if low >= high:
            break
        step = (high - low) / _WHITE
        first, last = bounds(_levels(wide, low, high).histogram())
        low, high = low + max(0, first - 1) * step, low + min(_WHITE, last + 1) * step
        if last - first > _WHITE // 2:
            break
    return low, high


def _usual_range(low: float, high: float) -> tuple[float, float]:
    """Return the narrowest range of so many bits that holds these values, or their own if they use little of any."""
    if low < 0 or high <= 0:
        return _own_range(low, high)
    most = next((float(most) for most in (1, 255, 1023, 4095, 16_383, _FULL_16_BIT) if high <= most * _NEARLY), high)
    return 0.0, most if high > most / 8 else high
