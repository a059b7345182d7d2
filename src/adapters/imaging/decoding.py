"""Decoding: from a picture to an upright page, grey for an engine or in colour for people."""

import io
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from PIL import Image

from adapters.imaging.essence import Essence, essence_of
from adapters.imaging.grey import coloured, grey
from adapters.imaging.headers.bounded import HeaderCut, HeaderDamaged, NotRead
from adapters.imaging.headers.jpeg import END
from adapters.imaging.imaging import checked_header
from adapters.imaging.signatures import HEAD
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
#: Bits that no JPEG goes on with in a sensible way, and that contain no marker.
_NOISE: Final = bytes((37 * number + 11) % 251 for number in range(4096))


def decode_page(source: bytes, page: int, max_pixels: int) -> Image.Image:
    """Return the picture in mode L, upright, on an even ground. For processes that may be lost.

    Raises ``EngineFailure`` with ``unsupported-image``, ``multi-frame-image``, ``image-too-large``,
    ``image-truncated`` or ``image-corrupt``, and ``MemoryError``.
    """
    return _decode(source, page, max_pixels, grey, draft="L")  # a JPEG's luminance channel, in a third of the time


def decode_picture(source: bytes, page: int, max_pixels: int) -> Image.Image:
    """Return the picture in mode L or RGB, upright, on an even ground. Raises as :func:`decode_page` does."""
    return _decode(source, page, max_pixels, coloured, draft=None)


def _decode(
    source: bytes,
    number: int,
    max_pixels: int,
    plain: Callable[[Image.Image, Essence], Image.Image],
    *,
    draft: str | None,
) -> Image.Image:
    if number != 1:  # files of several pages are not accepted yet
        raise EngineFailure(ItemErrorCode.UNSUPPORTED_IMAGE)
    try:
        essence = essence_of(source, checked_header(io.BytesIO(source), source[:HEAD], max_pixels))
        page = plain(_pixels(essence, draft, max_pixels), essence)
        turn = _UPRIGHT.get(essence.orientation)
        return page if turn is None else page.transpose(turn)
    except (EngineFailure, MemoryError):
        raise
    except Refusal as refusal:
        raise EngineFailure(ItemErrorCode(refusal.code.value)) from refusal
    except NotRead as error:
        raise EngineFailure(ItemErrorCode.UNSUPPORTED_IMAGE) from error
    except HeaderCut as error:
        raise EngineFailure(ItemErrorCode.IMAGE_TRUNCATED) from error
    except HeaderDamaged as error:
        raise EngineFailure(ItemErrorCode.IMAGE_CORRUPT) from error
    except Exception as error:  # decoders raise all kinds of errors
        raise EngineFailure(_code(error)) from error


def _pixels(essence: Essence, draft: str | None, max_pixels: int) -> Image.Image:
    """Return the decoded picture. Raises any error, and ``EngineFailure`` for a picture that lacks pixels."""
    if essence.scans is None or essence.scans.ended:
        return _load(essence, draft, max_pixels)
    # Without the end mark the decoder waits for more. With one it fills what is missing, so it is asked twice: where
    # nothing is missing, it does not matter what stands before the mark.
    whole, other = (_load(essence, draft, max_pixels, padding + END) for padding in (b"", _NOISE))
    if not essence.scans.refined or whole.tobytes() != other.tobytes():
        raise EngineFailure(ItemErrorCode.IMAGE_TRUNCATED)
    return whole


def _load(essence: Essence, draft: str | None, max_pixels: int, padding: bytes = b"") -> Image.Image:
    picture = essence.open(padding)
    width, height = picture.size
    if width * height > max_pixels:  # another size than the header's
        raise EngineFailure(ItemErrorCode.IMAGE_CORRUPT)
    if draft is not None:
        picture.draft(draft, picture.size)
    picture.load()
    return picture


def _code(error: Exception) -> ItemErrorCode:
    """Return the code for an error of Pillow, which distinguishes these cases by its messages only."""
    words = str(error).lower()
    if isinstance(error, EOFError) or "truncated" in words:
        return ItemErrorCode.IMAGE_TRUNCATED
    if "memory" in words:
        return ItemErrorCode.IMAGE_TOO_LARGE
    return ItemErrorCode.IMAGE_CORRUPT
