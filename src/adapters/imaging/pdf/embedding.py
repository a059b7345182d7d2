"""Pictures in the form in which a PDF holds them. For walled processes only.

A JPEG stays as it is, byte for byte. Of any other picture the pixels stay: those of two levels as CCITT group 4, all
others deflated with the filters of PNG, 16 bits of grey as 16 bits. Transparency is laid on an even ground. A page of a
PDF becomes the picture that is drawn of it.
"""

import io
import struct
from collections.abc import Iterator, Sequence
from typing import BinaryIO, Final

from PIL import Image
from PIL.TiffImagePlugin import TiffImageFile

from adapters.file_source import FileSource
from adapters.imaging.decoding import decode_exactly
from adapters.imaging.headers import jpeg
from adapters.imaging.headers.bounded import PageMissing
from adapters.imaging.headers.exif import orientation_of
from adapters.imaging.headers.reading import kind_of
from adapters.imaging.page_bytes import page_bytes
from adapters.imaging.resolution import resolution_of
from adapters.imaging.signatures import HEAD, is_pdf
from adapters.pdf.picture import Coding, Colours, EmbeddedPicture
from ocrcore.domain.codes import ItemErrorCode
from ocrcore.ports.engine import EngineFailure

_UPRIGHT: Final = 1
_PNG_HEAD: Final = 8
#: Deflates a page in about half the time of the default.
_EFFORT: Final = 4
#: Tags of a TIFF.
_FIRST_STRIP, _ROWS, _LENGTH = 273, 278, 279
_COLOURS: Final = {"L": (Colours.GREY, 8), "RGB": (Colours.RGB, 8), "I;16": (Colours.GREY, 16)}
_OF_JPEG: Final = {"L": Colours.GREY, "RGB": Colours.RGB, "CMYK": Colours.CMYK}
#: The names of the components of a JPEG that is not converted to luminance and chroma.
_RGB_NAMES: Final = [82, 71, 66]


def embed(source: FileSource, number: int, max_pixels: int, out: BinaryIO) -> EmbeddedPicture:
    """Write the data of a page, counted from 1, and return its description.

    Raises as :func:`adapters.imaging.decoding.decode_picture` does.
    """
    with source.opened() as file:
        head = file.read(HEAD)
        if kind_of(head) is None and is_pdf(head):
            return _drawn(file, number, max_pixels, out)
    content, number = page_bytes(source, number)
    if kind_of(head) == "jpg" and (stored := _stored_jpeg(content, out)):
        return stored
    return _stored(decode_exactly(content, number, max_pixels), resolution_of(content, number), out)


def _drawn(file: BinaryIO, number: int, max_pixels: int, out: BinaryIO) -> EmbeddedPicture:
    """Write a page of a PDF as the picture that is drawn of it."""
    from adapters.imaging.pdf.drawing import apart  # noqa: PLC0415 - most PDFs can be added to
    from adapters.imaging.pdf.rendering import draw_page  # noqa: PLC0415

    try:
        page = draw_page(file, number, max_pixels, colour=True)
    except PageMissing as error:
        raise EngineFailure(ItemErrorCode.UNSUPPORTED_IMAGE) from error
    bands = page.picture.split()
    is_grey = not any(apart(bands[0], other) for other in bands[1:])
    return _stored(bands[0] if is_grey else page.picture, None if page.dpi is None else (page.dpi, page.dpi), out)


def _stored(picture: Image.Image, dpi: tuple[float, float] | None, out: BinaryIO) -> EmbeddedPicture:
    """Write the pixels of a picture in mode L, RGB or I;16."""
    if picture.mode == "L" and _has_two_levels(picture):
        out.write(_fax(picture))
        return EmbeddedPicture(*picture.size, Colours.GREY, 1, Coding.FAX, _UPRIGHT, dpi)
    out.writelines(_png(picture))
    return EmbeddedPicture(*picture.size, *_COLOURS[picture.mode], Coding.PNG, _UPRIGHT, dpi)


def _stored_jpeg(content: bytes, out: BinaryIO) -> EmbeddedPicture | None:
    """Write a JPEG as it is, or return None for one that not every viewer decodes so. It ends at its end mark."""
    parts = jpeg.essence(content)
    with Image.open(io.BytesIO(content), formats=["JPEG"]) as picture:
        is_plain_rgb = "jfif" not in picture.info and "adobe" not in picture.info and _names(picture) == _RGB_NAMES
        if parts.lossless or parts.arithmetic or is_plain_rgb or picture.mode not in _OF_JPEG:
            return None
        size, colours = picture.size, _OF_JPEG[picture.mode]
    out.write(memoryview(content)[: parts.end])
    return EmbeddedPicture(*size, colours, 8, Coding.JPEG, orientation_of(parts.exif), resolution_of(content, 1))


def _names(picture: Image.Image) -> Sequence[int]:
    """Return the identifiers of a JPEG's components."""
    return [component[0] for component in getattr(picture, "layer", [])]


def _has_two_levels(picture: Image.Image) -> bool:
    return not any(picture.histogram()[1:-1])


def _fax(picture: Image.Image) -> bytes:
    """Return the picture in CCITT group 4: the one strip of a TIFF."""
    file = io.BytesIO()
    picture.convert("1", dither=Image.Dither.NONE).save(
        file, "TIFF", compression="group4", tiffinfo={_ROWS: picture.height}
    )
    file.seek(0)
    with TiffImageFile(file) as written:
        start, length = (int(written.tag_v2[tag][0]) for tag in (_FIRST_STRIP, _LENGTH))
    return file.getvalue()[start : start + length]


def _png(picture: Image.Image) -> Iterator[bytes]:
    """Yield the deflated rows of the picture: the data chunks of a PNG."""
    picture.info.clear()
    file = io.BytesIO()
    picture.save(file, "PNG", compress_level=_EFFORT)
    content, offset = file.getvalue(), _PNG_HEAD
    while offset < len(content):
        (length,) = struct.unpack_from(">I", content, offset)
        if content[offset + 4 : offset + 8] == b"IDAT":
            yield content[offset + 8 : offset + 8 + length]
        offset += 12 + length
