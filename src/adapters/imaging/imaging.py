"""Reading of the headers of uploaded files, without an image library."""

from typing import BinaryIO, Final

from adapters.imaging.headers.bounded import HeaderCut, HeaderDamaged, NotRead
from adapters.imaging.headers.header import PictureHeader
from adapters.imaging.headers.reading import kind_of, read_header
from adapters.imaging.signatures import HEAD, foreign_kind
from ocrcore.domain.errors import EmptyFile, ImageTooLarge, MultiFrameImage, UnsupportedImage
from ocrcore.domain.media import ACCEPTED, KIND_OF
from ocrcore.ports.imaging import Header, Imaging

#: The longest side that Tesseract accepts, in pixels.
MAX_SIDE: Final = 32_767

_ADVICE: Final = f"send {ACCEPTED}."


class HeaderImaging(Imaging):
    """Identifies files by their bytes, not by their names. Refuses pictures of more than ``max_pixels``."""

    def __init__(self, max_pixels: int = 50_000_000) -> None:
        self._max_pixels = max_pixels

    def inspect(self, content: BinaryIO) -> Header:
        """Return the header of a file."""
        content.seek(0)
        head = content.read(HEAD)
        if not head:
            msg = "The file is empty."
            raise EmptyFile(msg)
        return Header(checked_header(content, head, self._max_pixels).extension)


def checked_header(content: BinaryIO, head: bytes, max_pixels: int) -> PictureHeader:
    """Return the header of a picture that can be decoded, if its pixels are whole. ``head`` is the start of the file.

    Raises ``UnsupportedImage`` with the kind of the bytes, ``ImageTooLarge`` or ``MultiFrameImage``.
    """
    try:
        header = read_header(content)
    except NotRead as error:
        msg = f"The file is {error}, which is not read here; export it in another way, or {_ADVICE}"
        raise UnsupportedImage(msg) from error
    except HeaderCut as error:
        msg = f"The file is a {_name(head)} that ends too early, as after a broken upload; send the whole file again."
        raise UnsupportedImage(msg) from error
    except HeaderDamaged as error:
        msg = f"The file is a damaged {_name(head)}; export or scan it again."
        raise UnsupportedImage(msg) from error
    if header is None:
        raise UnsupportedImage(_refusal(foreign_kind(head)))
    _check_size(header, max_pixels)
    if header.several:
        msg = "The file holds several pictures; send each of them as a file of its own."
        raise MultiFrameImage(msg)
    return header


def _name(head: bytes) -> str:
    return KIND_OF[kind_of(head) or ""].name


def _refusal(kind: str | None) -> str:
    if kind is None:
        return f"The file is not a picture that can be read; {_ADVICE}"
    return f"The file is not a picture that can be read, it is {kind}; {_ADVICE}"


def _check_size(header: PictureHeader, max_pixels: int) -> None:
    width, height = header.width, header.height
    if not (0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE and width * height <= max_pixels):
        msg = (
            f"The picture is {width} x {height} pixels; at most {max_pixels} pixels"
            f" and sides from 1 to {MAX_SIDE} are read."
        )
        raise ImageTooLarge(msg)
