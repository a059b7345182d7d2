"""Pages of a file of any accepted kind, as pictures. For processes that may be lost."""

import math
from collections.abc import Callable

from PIL import Image

from adapters.file_source import FileSource
from adapters.imaging.decoding import decode_page, decode_picture
from adapters.imaging.headers.bounded import PageMissing
from adapters.imaging.headers.reading import kind_of
from adapters.imaging.page_bytes import page_bytes
from adapters.imaging.page_picture import PagePicture
from adapters.imaging.page_text import PageText
from adapters.imaging.resolution import resolution_of
from adapters.imaging.signatures import HEAD, is_pdf
from ocrcore.domain.codes import ItemErrorCode
from ocrcore.ports.engine import EngineFailure


def text_of_page(source: FileSource, number: int, max_pixels: int, dpi: int | None = None) -> PageText | None:
    """Return the text that a page of a PDF has itself, with places as on the picture of :func:`grey_page`.

    None in doubt, and for a page of any other file. Raises as :func:`grey_page` does.
    """
    with source.opened() as file:
        head = file.read(HEAD)
        if kind_of(head) is not None or not is_pdf(head):
            return None
        from adapters.imaging.pdf.rendering import find_text  # noqa: PLC0415 - most children never see a PDF

        try:
            return find_text(file, number, max_pixels, dpi=dpi)
        except PageMissing as error:
            raise EngineFailure(ItemErrorCode.UNSUPPORTED_IMAGE) from error


def grey_page(source: FileSource, number: int, max_pixels: int, dpi: int | None = None) -> PagePicture:
    """Return a page, counted from 1, in mode L, for an engine. ``dpi`` is that at which a page of a PDF is drawn.

    Raises ``EngineFailure`` as :func:`adapters.imaging.decoding.decode_page` does, or with ``pdf-encrypted``,
    ``pdf-damaged`` or ``no-pages``.
    """
    return _page(source, number, max_pixels, decode_page, dpi=dpi)


def coloured_page(source: FileSource, number: int, max_pixels: int) -> PagePicture:
    """Return a page, counted from 1, in mode L or RGB, for people. Raises as :func:`grey_page` does."""
    return _page(source, number, max_pixels, decode_picture, colour=True)


def _page(
    source: FileSource,
    number: int,
    max_pixels: int,
    decode: Callable[[bytes, int, int], Image.Image],
    *,
    colour: bool = False,
    dpi: int | None = None,
) -> PagePicture:
    with source.opened() as file:
        head = file.read(HEAD)
        if kind_of(head) is None and is_pdf(head):
            from adapters.imaging.pdf.rendering import draw_page  # noqa: PLC0415 - most children never see a PDF

            try:
                return draw_page(file, number, max_pixels, colour=colour, dpi=dpi)
            except PageMissing as error:
                raise EngineFailure(ItemErrorCode.UNSUPPORTED_IMAGE) from error
    content, number = page_bytes(source, number)
    return PagePicture(decode(content, number, max_pixels), None if colour else _dpi(content, number))


def _dpi(content: bytes, number: int) -> float | None:
    """Return the dots per inch of a picture, the mean if they differ across and down."""
    resolution = resolution_of(content, number)
    return None if resolution is None else round(math.sqrt(resolution[0] * resolution[1]), 1)
