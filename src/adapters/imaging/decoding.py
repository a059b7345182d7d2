"""Decoding: from a picture to an upright page, grey for an engine or in colour for people."""

import io
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from PIL import ExifTags, Image, ImageFile

from adapters.imaging.pictures import open_picture
from ocrcore.domain.codes import ItemErrorCode
from ocrcore.domain.errors import Refusal
from ocrcore.ports.engine import EngineFailure

_UPRIGHT: Final[Mapping[int, Image.Transpose]] = MappingProxyType(
    {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_270,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_90,
    }
)
_WHITE, _BLACK = 255, 0
#: Least contrast of legible text on white.
_FAINT: Final = 64
_FULL_16_BIT: Final = 65_535
_PREMULTIPLIED: Final = MappingProxyType({"La": "LA", "RGBa": "RGBA"})


def decode_page(source: bytes, page: int, max_pixels: int) -> Image.Image:
    """Return the picture in mode L, upright, on white. For processes that may be lost.

    Raises ``EngineFailure`` with ``unsupported-image``, ``multi-frame-image``, ``image-too-large`` (too many pixels, or
    too little memory), ``image-truncated`` or ``image-corrupt``.
    """
    return _decode(source, page, max_pixels, _grey, draft="L")  # a JPEG's luminance channel, in a third of the time


def decode_picture(source: bytes, page: int, max_pixels: int) -> Image.Image:
    """Return the picture in mode L or RGB, upright, on white. Raises as :func:`decode_page` does."""
    return _decode(source, page, max_pixels, _coloured, draft=None)


def _decode(
    source: bytes, number: int, max_pixels: int, plain: Callable[[Image.Image], Image.Image], *, draft: str | None
) -> Image.Image:
    if number != 1:  # files of several pages are not accepted yet
        raise EngineFailure(ItemErrorCode.UNSUPPORTED_IMAGE)
    try:
        picture = open_picture(io.BytesIO(source), max_pixels)
        if draft is not None:
            picture.draft(draft, picture.size)
        picture.load()
        turn = _UPRIGHT.get(_orientation(picture))  # after load(): on a PNG it would load the pixels and hide errors
        page = plain(picture)
        return page if turn is None else page.transpose(turn)
    except Refusal as refusal:
        raise EngineFailure(ItemErrorCode(refusal.code.value)) from refusal
    except MemoryError as error:
        raise EngineFailure(ItemErrorCode.IMAGE_TOO_LARGE) from error
    except Exception as error:  # decoders raise all kinds of errors
        raise EngineFailure(_code(error)) from error


def _code(error: Exception) -> ItemErrorCode:
    """Return the code for an error of Pillow, which distinguishes these cases by its messages only."""
    words = str(error).lower()
    if isinstance(error, EOFError) or "truncated" in words:
        return ItemErrorCode.IMAGE_TRUNCATED
    if "memory" in words:
        return ItemErrorCode.IMAGE_TOO_LARGE
    return ItemErrorCode.IMAGE_CORRUPT


def _orientation(picture: ImageFile.ImageFile) -> int:
    if picture.format == "TIFF":
        return 1  # Pillow turns these itself during load()
    try:
        return int(picture.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:  # noqa: BLE001 - damaged metadata does not damage the picture
        return 1


def _grey(picture: Image.Image) -> Image.Image:
    if _is_wide(picture):
        return _scaled(picture)
    if picture.mode == "LAB":
        return picture.getchannel("L")
    if picture.has_transparency_data:
        return _flat(picture, "L")
    if picture.mode in {"CMYK", "YCbCr", "HSV"}:
        picture = picture.convert("RGB")
    return picture if picture.mode == "L" else picture.convert("L")


def _coloured(picture: Image.Image) -> Image.Image:
    if _is_wide(picture):
        return _scaled(picture)
    mode = "L" if picture.mode in {"1", "L", "LA", "La"} else "RGB"
    if picture.has_transparency_data:
        return _flat(picture, mode)
    return picture if picture.mode == mode else picture.convert(mode)


def _flat(picture: Image.Image, mode: str) -> Image.Image:
    """Return the picture on white, or on black if nothing would be legible on white."""
    if picture.mode in _PREMULTIPLIED:
        picture = picture.convert(_PREMULTIPLIED[picture.mode])
    if picture.mode not in {"LA", "RGBA"}:
        picture = picture.convert("RGBA")
    page = _on(picture, _WHITE, mode)
    contrast = _WHITE - _bounds(page.convert("L"))[0]
    if contrast < _FAINT:
        dark = _on(picture, _BLACK, mode)
        if _bounds(dark.convert("L"))[1] > contrast:
            return dark
    return page


def _on(picture: Image.Image, ground: int, mode: str) -> Image.Image:
    page = Image.new(mode, picture.size, ground if mode == "L" else (ground, ground, ground))
    page.paste(picture.convert(mode), mask=picture.getchannel("A"))
    return page


def _is_wide(picture: Image.Image) -> bool:
    return picture.mode in {"I", "F"} or picture.mode.startswith("I;")


def _scaled(picture: Image.Image) -> Image.Image:
    """Return more than 8 bits as 8: the narrowest usual range with every pixel becomes black to white."""
    low, high = 0.0, float(_FULL_16_BIT)
    if picture.mode in {"I", "F"}:
        low, high = _range(picture)
    scale = _WHITE / (high - low)
    wide = picture if picture.mode == "F" else picture.convert("I").convert("F")
    return wide.point(lambda value: value * scale - low * scale).convert("L")


def _range(picture: Image.Image) -> tuple[float, float]:
    low, high = _bounds(picture)
    for most in (1.0, float(_WHITE), float(_FULL_16_BIT)):
        if low >= 0 and high <= most:
            return 0.0, most
    return (low, high) if low < high else (low, low + 1)


def _bounds(picture: Image.Image) -> tuple[float, float]:
    """Return the least and the greatest value of one channel."""
    low, high = (float(bound) for bound in picture.getextrema() if isinstance(bound, int | float))
    return low, high
