"""Decoding: from a picture to an upright page, grey for an engine or in colour for people."""

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from PIL import Image, ImageChops

from adapters.imaging.essence import Essence, essence_of
from adapters.imaging.grey import coloured, exact, grey
from adapters.imaging.headers import jpeg, png
from adapters.imaging.headers.bounded import HeaderCut, HeaderDamaged, NotRead, PageMissing
from adapters.imaging.headers.tiff_fax import Ending, Fax
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
#: The mode in which a JPEG may be decoded faster, and how many times smaller: 1, 2, 4 or 8.
Draft = tuple[str, int]
_SMALLER: Final = 8
#: Bits that no JPEG goes on with in a sensible way, and that contain no marker.
_NOISE: Final = bytes((37 * number + 11) % 251 for number in range(4096))
#: Bytes at the end of a JPEG's data without which its last blocks are missing.
_TAIL: Final = 16
#: The levels of a block without data, after the conversion of colours.
_GREY: Final = (126, 130)
#: The bits of a byte, and its largest value.
_WHOLE, _WHITE = 8, 255


def decode_page(source: bytes, page: int, max_pixels: int) -> Image.Image:
    """Return a page of a file, counted from 1, in mode L, upright, on an even ground. For processes that may be lost.

    Raises ``EngineFailure`` with ``unsupported-image`` (also if the file has no such page), ``image-too-large``,
    ``image-truncated`` or ``image-corrupt``, and ``MemoryError``.
    """
    return _decode(source, page, max_pixels, grey, draft=("L", 1))  # a JPEG's luminance channel, in a third of the time


def decode_picture(source: bytes, page: int, max_pixels: int) -> Image.Image:
    """Return the picture in mode L or RGB, upright, on an even ground. Raises as :func:`decode_page` does."""
    return _decode(source, page, max_pixels, coloured, draft=None)


def decode_exactly(source: bytes, page: int, max_pixels: int) -> Image.Image:
    """Return the picture in mode L, RGB or I;16, upright, on an even ground. Raises as :func:`decode_page` does."""
    return _decode(source, page, max_pixels, exact, draft=None)


def is_cut(source: bytes, max_pixels: int) -> bool:
    """Return whether pixels of a picture are missing; False for one that is not read for another reason.

    A JPEG with more pixels than are read is decoded in small.
    """
    code = _code_of(source, max_pixels, 1)
    if code is ItemErrorCode.IMAGE_TOO_LARGE and source[:2] == jpeg.SIGNATURE[:2]:
        code = _code_of(source, max_pixels * _SMALLER**2, _SMALLER)
    return code is ItemErrorCode.IMAGE_TRUNCATED


def is_damaged(source: bytes, max_pixels: int) -> bool:
    """Return the same also for a picture whose data are wrong, as those of a JPEG 2000 that is cut."""
    return _code_of(source, max_pixels, 1) in {ItemErrorCode.IMAGE_TRUNCATED, ItemErrorCode.IMAGE_CORRUPT}


def _code_of(source: bytes, max_pixels: int, smaller: int) -> ItemErrorCode | None:
    """Return why a picture is not read that is decoded so many times smaller, where its decoder does that."""
    try:
        _decode(source, 1, max_pixels, lambda picture, _: picture, draft=("L", smaller))
    except EngineFailure as failure:
        return failure.code
    return None


def _decode(
    source: bytes,
    number: int,
    max_pixels: int,
    plain: Callable[[Image.Image, Essence], Image.Image],
    *,
    draft: Draft | None,
) -> Image.Image:
    try:
        essence = essence_of(source, checked_header(io.BytesIO(source), source[:HEAD], max_pixels), number)
        page = plain(_pixels(essence, draft, max_pixels), essence)
        turn = _UPRIGHT.get(essence.orientation)
        return page if turn is None else page.transpose(turn)
    except (EngineFailure, MemoryError):
        raise
    except Refusal as refusal:
        raise EngineFailure(ItemErrorCode(refusal.code.value)) from refusal
    except (NotRead, PageMissing) as error:
        raise EngineFailure(ItemErrorCode.UNSUPPORTED_IMAGE) from error
    except HeaderCut as error:
        raise EngineFailure(ItemErrorCode.IMAGE_TRUNCATED) from error
    except HeaderDamaged as error:
        raise EngineFailure(ItemErrorCode.IMAGE_CORRUPT) from error
    except Exception as error:  # decoders raise all kinds of errors
        raise EngineFailure(_code(error)) from error


def _pixels(essence: Essence, draft: Draft | None, max_pixels: int) -> Image.Image:
    """Return the decoded picture. Raises any error, and ``EngineFailure`` for a picture that lacks pixels."""
    if essence.scans is not None:
        return _whole_jpeg(essence, essence.scans, draft, max_pixels)
    if essence.for_pdfium is not None:
        from adapters.imaging.pdf.jpeg_2000 import decode_jpeg_2000  # noqa: PLC0415 - few children see one

        return decode_jpeg_2000(essence.content, essence.for_pdfium)
    picture = _load(essence, draft, max_pixels)
    if essence.fax is not None:
        _refuse_damaged_fax(essence, essence.fax, picture, max_pixels)
    if essence.part is not None:
        picture = picture.crop(essence.part)
    if essence.extension == "png" and _has_empty_row(picture):
        png.refuse_short(essence.content)
    return picture if essence.bits >= _WHOLE else _stretched(picture, essence.bits)


def _stretched(picture: Image.Image, bits: int) -> Image.Image:
    """Return a picture of few bits, which stand in the upper bits of each byte, with levels from 0 to 255."""
    most = _WHITE >> (_WHOLE - bits) << (_WHOLE - bits)
    return picture.point([min(_WHITE, round(level * _WHITE / most)) for level in range(256)] * len(picture.getbands()))


def _has_empty_row(picture: Image.Image) -> bool:
    """Return whether one of the last two rows is all zeros, as those are for which a PNG has no data.

    It may be the last but one: the last pass of an interlaced picture is that of the odd rows.
    """
    width, height = picture.size
    rows = picture.crop((0, max(0, height - 2), width, height)).tobytes()
    length = len(rows) // min(height, 2)
    return not (any(rows[:length]) and any(rows[-length:]))


def _whole_jpeg(essence: Essence, scans: jpeg.Essence, draft: Draft | None, max_pixels: int) -> Image.Image:
    """Return the decoded picture. The decoder fills in silence what is missing before the end mark.

    Where nothing is missing, it does not matter what stands before the mark, so it is asked twice in case of doubt. It
    matters what stands at the end of the data, unless it is not of the picture.
    """
    if not scans.complete:
        raise EngineFailure(ItemErrorCode.IMAGE_TRUNCATED)
    draft = None if scans.lossless else draft  # of which no decoder takes the luminance alone
    picture = _load(essence, draft, max_pixels)
    if not scans.ended or scans.progressive or _ends_in_grey(picture):
        pixels = picture.tobytes()
        is_whole = _load(essence, draft, max_pixels, _NOISE).tobytes() == pixels
        if not is_whole or not (scans.ended or _needs_its_end(essence, draft, max_pixels, pixels)):
            raise EngineFailure(ItemErrorCode.IMAGE_TRUNCATED)
    return picture


def _needs_its_end(essence: Essence, draft: Draft | None, max_pixels: int, pixels: bytes) -> bool:
    try:
        shorter = _load(replace(essence, content=essence.content[:-_TAIL]), draft, max_pixels)
    except Exception:  # noqa: BLE001 - decoders raise all kinds of errors
        return True
    return shorter.tobytes() != pixels


def _ends_in_grey(picture: Image.Image) -> bool:
    """Return whether the last block of a JPEG is of the grey that stands for one without data."""
    width, height = picture.size
    block = picture.crop(((width - 1) // 8 * 8, (height - 1) // 8 * 8, width, height))
    return all(not any(count) for band in block.split() for count in _outside(band.histogram(), *_GREY))


def _outside(histogram: list[int], low: int, high: int) -> tuple[list[int], list[int]]:
    return histogram[:low], histogram[high + 1 :]


def _refuse_damaged_fax(essence: Essence, fax: Fax, picture: Image.Image, max_pixels: int) -> None:
    """Raise ``EngineFailure`` for a fax that lacks rows, or of which a part was taken for what it is not."""
    if fax.lacks_rows(_changes(essence, fax, Ending.LONGER, picture, max_pixels)):
        raise EngineFailure(ItemErrorCode.IMAGE_TRUNCATED)
    if not fax.tells_damage:
        return
    changes: Sequence[int | None] = [None] * len(fax.strips)
    for ending in (Ending.OTHER, Ending.OPPOSITE):  # the file itself may end as one of them
        found = _changes(essence, fax, ending, picture, max_pixels)
        changes = [row if other is None else other for row, other in zip(found, changes, strict=True)]
        if not fax.is_damaged(changes):
            return
    raise EngineFailure(ItemErrorCode.IMAGE_CORRUPT)


def _changes(essence: Essence, fax: Fax, ending: Ending, picture: Image.Image, max_pixels: int) -> Sequence[int | None]:
    """Return the first row of each strip that is another one with another ending; all are where it is not decoded."""
    try:
        other = _load(replace(essence, content=fax.file(ending)), None, max_pixels)
    except Exception:  # noqa: BLE001 - decoders raise all kinds of errors
        return [top for top, _ in fax.strips]
    different = ImageChops.difference(picture.convert("L"), other.convert("L"))
    boxes = [(top, different.crop((0, top, picture.width, end)).getbbox()) for top, end in fax.strips]
    return [None if box is None else top + box[1] for top, box in boxes]


def _load(essence: Essence, draft: Draft | None, max_pixels: int, padding: bytes = b"") -> Image.Image:
    picture = essence.open(padding)
    width, height = picture.size
    if width * height > max_pixels:  # another size than the header's
        raise EngineFailure(ItemErrorCode.IMAGE_CORRUPT)
    if draft is not None:
        mode, smaller = draft
        picture.draft(mode, (max(1, width // smaller), max(1, height // smaller)))
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
