"""The pages of an uploaded file, counted one by one. For processes that may be lost."""

from itertools import islice
from math import inf
from typing import BinaryIO, Final

from adapters.file_source import FileSource
from adapters.imaging.headers import gif, heif, tiff, webp
from adapters.imaging.headers.bounded import BoundedReader
from adapters.imaging.headers.reading import kind_of
from adapters.imaging.imaging import MOST_PAGES, check_size, checked_header, told
from adapters.imaging.signatures import HEAD, is_pdf
from ocrcore.domain.codes import JobWarning
from ocrcore.ports.imaging import Header

#: Where the size of a GIF's screen stands.
_SCREEN: Final = 6


def inspect_file(source: FileSource, max_pixels: int) -> Header:
    """Return the header of a file with all its pages.

    Raises ``EngineFailure`` or a ``Refusal``: of a picture that is too large, or one that is not read.
    """
    with source.opened() as file:
        head = file.read(HEAD)
        if kind_of(head) is None and is_pdf(head):
            from adapters.imaging.pdf.inspection import inspect_pdf  # noqa: PLC0415 - most children never see a PDF

            return inspect_pdf(file)
        header = checked_header(file, head, max_pixels)
        if not header.several:
            return Header(header.extension)
        with told(head):
            pages, is_ended = _count(header.extension, file, max_pixels)
        return Header(header.extension, pages, () if is_ended else (JobWarning.PAGES_LOST,))


def _count(extension: str, file: BinaryIO, max_pixels: int) -> tuple[int, bool]:
    """Return the number of pages, and False if there may have been more, as in a GIF without its end mark."""
    reader = BoundedReader(file, steps=inf, most=inf)  # for the processor's time is limited
    match extension:
        case "tif" | "heic":
            pages = 0
            sizes = tiff.sizes(reader) if extension == "tif" else heif.sizes(reader)
            for width, height in islice(sizes, MOST_PAGES + 1):
                check_size(width, height, max_pixels)
                pages += 1
            return pages, True
        case "gif":
            width, height = reader.numbers(_SCREEN, "<HH")
            check_size(width, height, max_pixels)
            return gif.frames(reader, MOST_PAGES + 1)
        case _:
            return webp.frames(reader, MOST_PAGES + 1), True
