"""Pages of a PDF as pictures.

**Resolution.** A page is drawn at 300 dots per inch. A scan, which is a page with a picture that covers it and nothing
on it, is drawn at the resolution of the picture, or of the mask through which one sees it, held between 150 and 300:
fewer dots would lose letters, and more cost time and accuracy. A picture with something on it may be a coarse ground,
and the letters in text, shapes or finer pictures. Where a page has more pixels than allowed, its resolution is lowered
until it fits. ``UserUnit`` (ISO 32000-1, 14.11.2), which PDFium ignores, enlarges the page.

**Size.** PDFium is asked for a number of pixels rather than for a scale, which it would round up: then every pixel of a
scan would be resampled.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import BinaryIO, Final, TypeVar

import pikepdf
from PIL import Image
from pypdfium2 import PdfDocument, PdfImage, PdfiumError, PdfPage, raw

from adapters.imaging.colour_ink import SIDE, with_all_ink
from adapters.imaging.headers.bounded import PageMissing
from adapters.imaging.imaging import MAX_SIDE
from adapters.imaging.page_picture import PagePicture
from adapters.imaging.page_text import PageText
from adapters.imaging.pdf.contents import is_whole
from adapters.imaging.pdf.counted import alone, are_alike
from adapters.imaging.pdf.document import opened, shown_page
from adapters.imaging.pdf.drawing import draw
from adapters.imaging.pdf.fonts import fonts_of
from adapters.imaging.pdf.letters import Scale
from adapters.imaging.pdf.marks import has_colours, has_notes, is_painted
from adapters.imaging.pdf.pictures import WHOLE, Said, area_of, loses_pictures, said_of
from adapters.imaging.pdf.text import text_of
from ocrcore.domain.codes import ItemErrorCode
from ocrcore.ports.engine import EngineFailure

_POINTS: Final = 72
_USUAL, _LEAST = 300.0, 150.0
#: What a page shows, and how deep it is searched in forms.
_DRAWN: Final = (raw.FPDF_PAGEOBJ_TEXT, raw.FPDF_PAGEOBJ_PATH, raw.FPDF_PAGEOBJ_IMAGE, raw.FPDF_PAGEOBJ_SHADING)
_DEPTH: Final = 8
#: Dots per inch at which it shows whether letters are seen.
_COARSE: Final = 150.0

Found = TypeVar("Found")


def draw_page(
    file: BinaryIO, number: int, max_pixels: int, *, colour: bool = False, dpi: float | None = None
) -> PagePicture:
    """Return a page, counted from 1, in mode L or RGB; without ``dpi`` at the resolution of the page.

    In mode L it tells whether the page is whole. Raises ``EngineFailure`` and ``PageMissing``.
    """
    with _page(file, number) as (document, page):
        unit, said, whole = _about(document, file, number, said_of, max_pixels, colour=colour) or (1.0, Said(), True)
        if not colour:  # people see for themselves
            whole &= not loses_pictures(page, said, max_pixels)
        size, dpi = _size(page, unit, max_pixels, dpi, said)
        drawing = partial(draw, document, page)
        drawn = drawing(size, colour=colour)
        picture = drawn if colour else _with_all_ink(drawn, page, partial(drawing, colour=True))
        return PagePicture(picture, round(dpi, 1), is_whole=whole)


def find_text(file: BinaryIO, number: int, max_pixels: int, *, dpi: float | None = None) -> PageText | None:
    """Return the text that a page has itself, with places as on its picture in mode L, or None in doubt.

    Raises as :func:`draw_page` does.
    """
    with _page(file, number) as (document, page):
        about = _about(document, file, number, fonts_of, max_pixels)
        if about is None:
            return None
        unit, fonts, whole = about
        if not whole:
            return None
        size, dpi = _size(page, unit, max_pixels, dpi)
        coarse, _ = _size(page, unit, max_pixels, min(dpi, _COARSE))
        return text_of(page, fonts, Scale(size, coarse, dpi), partial(draw, document, page, coarse))


@contextmanager
def _page(file: BinaryIO, number: int) -> Iterator[tuple[PdfDocument, PdfPage]]:
    with opened(file) as document:
        if not 1 <= number <= len(document):
            raise PageMissing
        try:
            yield document, shown_page(document, number)
        except PdfiumError as error:
            raise EngineFailure(ItemErrorCode.PDF_DAMAGED) from error


def _about(
    document: PdfDocument,
    file: BinaryIO,
    number: int,
    look: Callable[[pikepdf.Page], Found],
    max_pixels: int,
    *,
    colour: bool = False,
) -> tuple[float, Found, bool] | None:
    """Return the length of the page's unit in points, what else is looked at, and whether it draws all that it should.

    None if qpdf does not read the page. One that is drawn in colour, for people, counts as whole.
    """

    def told(pdf: pikepdf.Pdf, page: pikepdf.Page, content: BinaryIO) -> tuple[float, Found, bool]:
        whole = colour or is_whole(pdf, page, content, max_pixels)
        found, unit = look(page), float(page.obj.get("/UserUnit", 1))
        return (unit if math.isfinite(unit) and unit > 0 else 1.0), found, whole

    try:
        file.seek(0)
        with pikepdf.open(file, suppress_warnings=True) as pdf:
            if are_alike(document, pdf, [number]):
                return told(pdf, pdf.pages[number - 1], file)
        with alone(document, [number]) as copy, pikepdf.open(copy, suppress_warnings=True) as pdf:
            return told(pdf, pdf.pages[0], copy)
    except Exception:  # noqa: BLE001 - a damaged file causes all kinds of errors
        return None


def _size(
    page: PdfPage, unit: float, max_pixels: int, dpi: float | None, said: Said | None = None
) -> tuple[tuple[int, int], float]:
    """Return the width and height of a page in pixels, and its dots per inch.

    Without what is ``said`` of its pictures, their masks are not known; a page with one that covers it has no text.
    """
    inches = [side * unit / _POINTS for side in page.get_size()]
    if min(inches) <= 0:
        raise EngineFailure(ItemErrorCode.PDF_DAMAGED)
    if dpi is None:
        dpi = min(max(_resolution_of_scan(page, unit, said or Said()) or _USUAL, _LEAST), _USUAL)
    dpi = min(dpi, math.sqrt(max_pixels / (inches[0] * inches[1])), MAX_SIDE / max(inches))
    width, height = (max(1, min(round(side * dpi), MAX_SIDE)) for side in inches)
    return (width, min(height, max_pixels // width)), dpi


def _with_all_ink(drawn: Image.Image, page: PdfPage, drawing: Callable[[tuple[int, int]], Image.Image]) -> Image.Image:
    """Return a page in mode L with what is seen in its colours alone; ``drawing`` draws it in RGB, in a size."""

    def small() -> Image.Image | None:
        scale = min(1.0, SIDE / max(drawn.size))
        width, height = (max(1, round(side * scale)) for side in drawn.size)
        return drawing((width, height)) if has_colours(page) else None

    def channels() -> Sequence[Image.Image]:
        return drawing(drawn.size).split()

    return with_all_ink(drawn, small, channels)


def _resolution_of_scan(page: PdfPage, unit: float, said: Said) -> float | None:
    """Return the dots per inch of the finest picture that covers the page, or None if there is none, or more on it.

    The letters of a scan may be in the mask of one, which is finer than what is seen through it.
    """
    if has_notes(page):
        return None
    width, height = page.get_size()
    covering = [0.0]
    for found in page.get_objects(filter=_DRAWN, max_depth=_DEPTH):
        if found.type == raw.FPDF_PAGEOBJ_TEXT:
            if is_painted(found.raw):  # even beneath a picture, which may be one that one sees through
                return None
        elif isinstance(found, PdfImage) and (covered := area_of(found)) >= WHOLE * width * height:
            size = found.get_px_size()
            across, down = max(size, said.masks.get(size, size), key=math.prod)
            covering.append(math.sqrt(across * down / covered) * _POINTS / unit)
        elif covering[1:]:
            return None
    return max(covering) or None
