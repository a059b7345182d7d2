"""Reading of the headers of uploaded files, without an image library."""

from abc import abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from io import UnsupportedOperation
from typing import BinaryIO, Final, Protocol

from adapters.file_source import FileSource, source_of
from adapters.imaging.headers.bounded import HeaderCut, HeaderDamaged, NotRead
from adapters.imaging.headers.header import PictureHeader
from adapters.imaging.headers.reading import kind_of, read_header
from adapters.imaging.signatures import HEAD, foreign_kind, is_pdf
from adapters.temporary_copy import temporary_copy
from ocrcore.domain.codes import ItemErrorCode
from ocrcore.domain.errors import EmptyFile, ImageTooLarge, UnsupportedImage
from ocrcore.domain.media import ACCEPTED, KIND_OF, kind_of_extension
from ocrcore.ports.documents import BytesSource, Source
from ocrcore.ports.imaging import Header, Imaging

#: The longest side that Tesseract accepts, in pixels.
MAX_SIDE: Final = 32_767
#: Most pages of a file that are counted; of a file with more, the number is one more than that.
MOST_PAGES: Final = 50_000

#: Bytes of a file that is short enough to be handed on from memory.
_SHORT: Final = 1 << 16
_ADVICE: Final = f"send {ACCEPTED}."
#: Extension of a kind whose decoder is an extra of that name -> the decoder's module.
_EXTRAS: Final = {"heic": "pi_heif"}
_MISSING: Final = (
    "The file is a {name} picture, which needs the extra ocrcore[{extra}] where the service runs; install it, or send"
    " JPEG."
)


class Inspector(Protocol):
    """Counts the pages of files outside this process, because that takes a library, or time."""

    @abstractmethod
    def inspect(self, source: Source, damaged: ItemErrorCode, place: int = 0, owner: str = "") -> Header:
        """Return the header of a file with all its pages. Parameters and errors are those of ``Imaging.inspect``.

        A file that takes too long, or ends the process that inspects it, is refused as ``damaged`` says.
        """


class HeaderImaging(Imaging):
    """Identifies files by their bytes, not by their names. Refuses pictures of more than ``max_pixels``.

    A file with more than one page goes to the inspector.
    """

    def __init__(self, inspector: Inspector, max_pixels: int = 50_000_000) -> None:
        self._inspector = inspector
        self._max_pixels = max_pixels

    def inspect(self, content: BinaryIO, place: int = 0, owner: str = "") -> Header:
        """Return the header of a file."""
        content.seek(0)
        head = content.read(HEAD)
        if not head:
            msg = "The file is empty."
            raise EmptyFile(msg)
        damaged = ItemErrorCode.PDF_DAMAGED
        if kind_of(head) is not None or not is_pdf(head):
            header = checked_header(content, head, self._max_pixels)
            if not header.several:
                return Header(header.extension)
            damaged = ItemErrorCode.IMAGE_CORRUPT
        with _source_of(content) as source:
            return self._inspector.inspect(source, damaged, place, owner)

    def extension(self, content: BinaryIO) -> str:
        """Return the extension of the kind that the first bytes say."""
        content.seek(0)
        head = content.read(HEAD)
        kind = kind_of(head) or ("pdf" if is_pdf(head) else "")
        return kind_of_extension(kind).extension


def _source_of(content: BinaryIO) -> Source:
    """Return the bytes of a stream, which stays open: of one without a descriptor, a copy. Raises ``StorageFull``.

    A long copy is a temporary file, because the bytes would be in memory twice: here, and in what the inspector's child
    is handed.
    """
    try:
        return source_of(content)
    except UnsupportedOperation:
        content.seek(0)
    head = content.read(_SHORT + 1)
    if len(head) <= _SHORT:
        return BytesSource(head)
    content.seek(0)
    return FileSource(temporary_copy(content))


def checked_header(content: BinaryIO, head: bytes, max_pixels: int) -> PictureHeader:
    """Return the header of a picture that can be decoded, if its pixels are whole. ``head`` is the start of the file.

    Raises ``UnsupportedImage`` with the kind of the bytes, or ``ImageTooLarge``.
    """
    with told(head):
        header = read_header(content)
    if header is None:
        raise UnsupportedImage(_refusal(foreign_kind(head)))
    if header.extension in _EXTRAS and find_spec(_EXTRAS[header.extension]) is None:
        raise UnsupportedImage(_MISSING.format(name=KIND_OF[header.extension].name, extra=header.extension))
    check_size(header.width, header.height, max_pixels)
    return header


@contextmanager
def told(head: bytes) -> Iterator[None]:
    """Raise ``UnsupportedImage`` with the kind of the bytes for an error of a header."""
    try:
        yield
    except NotRead as error:
        msg = f"The file is {error}, which is not read here; export it in another way, or {_ADVICE}"
        raise UnsupportedImage(msg) from error
    except HeaderCut as error:
        msg = f"The file is a {_name(head)} that ends too early, as after a broken upload; send the whole file again."
        raise UnsupportedImage(msg) from error
    except HeaderDamaged as error:
        msg = f"The file is a damaged {_name(head)}; export or scan it again."
        raise UnsupportedImage(msg) from error


def _name(head: bytes) -> str:
    return KIND_OF[kind_of(head) or ""].name


def _refusal(kind: str | None) -> str:
    if kind is None:
        return f"The file is not a picture or document that can be read; {_ADVICE}"
    return f"The file is not a picture or document that can be read, it is {kind}; {_ADVICE}"


def check_size(width: int, height: int, max_pixels: int) -> None:
    """Raise ``ImageTooLarge`` for a picture with too many pixels, too long a side, or a side of 0."""
    if not (0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE and width * height <= max_pixels):
        msg = (
            f"The picture is {width} x {height} pixels; at most {max_pixels} pixels"
            f" and sides from 1 to {MAX_SIDE} are read."
        )
        is_within = 0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE
        raise ImageTooLarge(msg, limit=None if is_within else "")  # no setting changes the limit of the sides
