"""The bytes of a file that a page of it needs. For processes that may be lost."""

from adapters.file_source import FileSource
from adapters.imaging.headers.reading import kind_of
from adapters.imaging.headers.tiff_alone import page_alone
from adapters.imaging.signatures import HEAD


def page_bytes(source: FileSource, number: int) -> tuple[bytes, int]:
    """Return a file, and which of its pages, counted from 1, shows this page: of a TIFF the page alone.

    Otherwise each page of a long file would cost as much as all of them.
    """
    with source.opened() as file:
        if kind_of(file.read(HEAD)) == "tif" and (alone := page_alone(file, number)) is not None:
            return alone, 1
    return source.read(), number
