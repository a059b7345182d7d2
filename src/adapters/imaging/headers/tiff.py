"""The header and the sizes of a TIFF."""

from collections.abc import Iterator
from typing import Final

from adapters.imaging.headers.bounded import BoundedReader, HeaderCut, HeaderDamaged
from adapters.imaging.headers.header import PictureHeader
from adapters.imaging.headers.tiff_directories import VARIANTS, Directory, form_of, pages_of
from adapters.imaging.headers.tiff_forms import refuse_unread

SIGNATURES: Final = tuple(VARIANTS)
#: Most entries of all directories that are looked at for a header.
_ALL_ENTRIES: Final = 16_384


def read_header(reader: BoundedReader) -> PictureHeader:
    """Return the header of the first page. Raises ``HeaderCut``, ``HeaderDamaged`` or ``NotRead``."""
    variant = VARIANTS[reader.at(0, 4)]
    pages = pages_of(reader, variant, _ALL_ENTRIES)
    page = next(pages)
    form = form_of(page, variant)
    refuse_unread(form)
    return PictureHeader("tif", form.width, form.height, several=_has_next(pages))


def _has_next(pages: Iterator[Directory]) -> bool:
    """Return whether there is another page; also where that takes too long to find out, as behind many thumbnails."""
    try:
        return next(pages, None) is not None
    except (HeaderCut, HeaderDamaged):
        return True


def sizes(reader: BoundedReader) -> Iterator[tuple[int, int]]:
    """Yield the width and height of every page. Raises as :func:`read_header` does, for the page that comes next."""
    variant = VARIANTS[reader.at(0, 4)]
    for page in pages_of(reader, variant):
        form = form_of(page, variant)
        refuse_unread(form)
        yield form.width, form.height
