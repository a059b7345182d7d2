"""From the modes of a decoder to grey for an engine, or to colour for people."""

import math
from collections.abc import Sequence
from typing import Final

from PIL import Image, ImageChops, ImageMath

from adapters.imaging.contrast import edges, legible_channel, spread
from adapters.imaging.essence import Essence
from adapters.imaging.headers.jpeg import END
from adapters.imaging.headers.tiff_forms import Form
from ocrcore.domain.codes import ItemErrorCode
from ocrcore.ports.engine import EngineFailure

_WHITE, _BLACK = 255, 0
_FULL_16_BIT: Final = 65_535
#: What is missing of the upper half of 32 unsigned bits that were read as signed.
_WRAP: Final = 2.0**32
_PREMULTIPLIED: Final = {"La": "LA", "RGBa": "RGBA"}
#: How much more must be seen on black before a picture is put on black.
_CLEARLY_MORE: Final = 1.25


def grey(picture: Image.Image, essence: Essence) -> Image.Image:
    """Return the picture in mode L, without transparency, in the channel in which most is seen."""
    if _is_wide(picture):
        return _scaled(picture, essence.form)
    if picture.has_transparency_data:
        picture = _flat(picture)
    if picture.mode == "LAB":
        return legible_channel(picture.getchannel("L"), picture.split)
    if picture.mode in {"CMYK", "YCbCr", "HSV", "P", "PA"}:
        picture = picture.convert("RGB")
    if picture.mode == "L":
        return legible_channel(picture, lambda: _channels_of(essence))
    return legible_channel(picture.convert("L"), picture.split)


def _channels_of(essence: Essence) -> Sequence[Image.Image]:
    """Return the colours of a JPEG of which only the luminance was decoded; none of other pictures."""
    if essence.scans is None:
        return ()
    picture = essence.open(b"" if essence.scans.ended else END)
    return picture.convert("RGB").split()


def coloured(picture: Image.Image, essence: Essence) -> Image.Image:
    """Return the picture in mode L or RGB, without transparency."""
    if _is_wide(picture):
        return _scaled(picture, essence.form)
    if picture.has_transparency_data:
        return _flat(picture)
    mode = "L" if picture.mode in {"1", "L"} else "RGB"
    return picture if picture.mode == mode else picture.convert(mode)


def _flat(picture: Image.Image) -> Image.Image:
    """Return the picture in mode L or RGB, on white, or on black if clearly more is seen there.

    An alpha that is zero everywhere says nothing if the colours differ: some programs leave it unset.
    """
    mode = "L" if picture.mode in {"1", "L", "LA", "La"} else "RGB"
    if picture.mode in _PREMULTIPLIED:
        picture = picture.convert(_PREMULTIPLIED[picture.mode])
    if picture.mode not in {"LA", "RGBA"}:
        picture = picture.convert("RGBA")
    plain = picture.convert(mode)
    if picture.getchannel("A").getextrema() == (0, 0) and spread(plain.convert("L")):
        return plain
    on_white, on_black = (_on(plain, picture.getchannel("A"), ground) for ground in (_WHITE, _BLACK))
    seen, on_the_other = edges(on_white.convert("L")), edges(on_black.convert("L"))
    return on_black if on_the_other > _CLEARLY_MORE * seen else on_white


def _on(plain: Image.Image, alpha: Image.Image, ground: int) -> Image.Image:
    page = Image.new(plain.mode, plain.size, ground if plain.mode == "L" else (ground, ground, ground))
    page.paste(plain, mask=alpha)
    return page


def _is_wide(picture: Image.Image) -> bool:
    return picture.mode in {"I", "F"} or picture.mode.startswith("I;")


def _scaled(picture: Image.Image, form: Form | None) -> Image.Image:
    """Return more than 8 bits as 8.

    Unsigned values of 12 and of 16 bits are scaled from their whole range, others from the narrowest usual range that
    holds every pixel. The largest value becomes white, or black if white is zero.
    """
    wide = picture if picture.mode == "F" else picture.convert("I").convert("F")
    if form is not None and form.wraps:
        wide = ImageMath.lambda_eval(lambda bands: bands["wide"] + (bands["wide"] < 0) * _WRAP, wide=wide)
    low, high = _range(wide) if picture.mode in {"I", "F"} else (0.0, float(2 ** (form.bits if form else 16) - 1))
    if not (math.isfinite(low) and math.isfinite(high)):
        raise EngineFailure(ItemErrorCode.IMAGE_CORRUPT)
    scale = _WHITE / (high - low)
    page = wide.point(lambda value: value * scale - low * scale).convert("L")
    return ImageChops.invert(page) if form is not None and form.inverted else page


def _range(picture: Image.Image) -> tuple[float, float]:
    low, high = (float(bound) for bound in picture.getextrema() if isinstance(bound, int | float))
    for most in (1.0, float(_WHITE), float(_FULL_16_BIT)):
        if low >= 0 and high <= most:
            return 0.0, most
    return (low, high) if low < high else (low, low + 1)
