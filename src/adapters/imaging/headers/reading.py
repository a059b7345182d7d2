"""The header of a picture of any accepted kind."""

from collections.abc import Callable, Mapping
from typing import BinaryIO, Final

from adapters.imaging.headers import bmp, gif, heif, jp2, jpeg, png, tiff, webp
from adapters.imaging.headers.bounded import BYTES, BoundedReader
from adapters.imaging.headers.header import PictureHeader

#: Bytes at the start of a file from which its kind is known.
_HEAD: Final = 256

_READERS: Final[Mapping[str, Callable[[BoundedReader], PictureHeader]]] = {
    "avif": heif.read_header,
    "bmp": bmp.read_header,
    "gif": gif.read_header,
    "heic": heif.read_header,
    "jp2": jp2.read_header,
    "jpg": jpeg.read_header,
    "png": png.read_header,
    "tif": tiff.read_header,
    "webp": webp.read_header,
}


def kind_of(head: bytes) -> str | None:
    """Return the extension of the accepted kind whose signature these bytes begin with, or None."""
    for extension, signatures in (
        ("bmp", (bmp.SIGNATURE,)),
        ("gif", gif.SIGNATURES),
        ("jp2", jp2.SIGNATURES),
        ("jpg", (jpeg.SIGNATURE,)),
        ("png", (png.SIGNATURE,)),
        ("tif", tiff.SIGNATURES),
    ):
        if head.startswith(signatures):
            return extension
    if head.startswith(webp.SIGNATURE) and head[8:12] == webp.BRAND:
        return "webp"
    return heif.kind_of(head)


def read_header(content: BinaryIO) -> PictureHeader | None:
    """Return the header, or None for a file of another kind. Reads a bounded number of bytes, except of a GIF.

    Raises ``HeaderCut``, ``HeaderDamaged`` or ``NotRead``, see :mod:`adapters.imaging.headers.bounded`.
    """
    content.seek(0)
    extension = kind_of(content.read(_HEAD))
    if extension is None:
        return None
    reader = BoundedReader(content)
    if extension == "gif":  # its second frame is found only behind the data of its first
        reader = BoundedReader(content, most=BYTES + 2 * reader.size)
    return _READERS[extension](reader)
