"""Whether pages that were written look as they did before. For walled processes only."""

from collections.abc import Sequence
from time import process_time
from typing import BinaryIO, Final

from PIL import Image, ImageChops, ImageFilter
from pypdfium2 import PdfDocument, PdfiumError

from adapters.imaging.pdf.document import opened, shown_page
from adapters.imaging.pdf.drawing import apart, draw_small
from ocrcore.ports.engine import EngineFailure

#: Levels of a colour by which pixels differ that show something else.
_OTHER: Final = 40
#: The pixels around one, across, of which one has to be like it; and those that may be like none.
_AROUND, _STRAY = 9, 24
#: Seconds of processor time in which pages are drawn. Those after that count as the same.
_DRAWING: Final = 60.0


def show_the_same(document: PdfDocument, numbers: Sequence[int], written: BinaryIO) -> bool:
    """Return whether the pages that were written look as those of the document with these numbers, counted from 1."""
    end = process_time() + _DRAWING
    try:
        with opened(written) as other:
            return len(other) == len(numbers) and all(
                process_time() > end or _is_the_same(document, number, other, at)
                for at, number in enumerate(numbers, 1)
            )
    except EngineFailure:
        return False


def _is_the_same(document: PdfDocument, number: int, other: PdfDocument, at: int) -> bool:
    before = _drawn(document, number)
    if before is None:
        return True
    after = _drawn(other, at)
    if after is None or after.size != before.size:
        return False
    return apart(before, after) < _OTHER or not (_is_missing(before, after) or _is_missing(after, before))


def _is_missing(one: Image.Image, other: Image.Image) -> bool:
    """Return whether a picture shows something that another one does not show at about the same place.

    PDFium draws a letter of a font that is not embedded with a shape and a width that depend on what it drew before.
    """
    grey, around = one.convert("L"), other.convert("L")
    darker = ImageChops.subtract(around.filter(ImageFilter.MinFilter(_AROUND)), grey)
    lighter = ImageChops.subtract(grey, around.filter(ImageFilter.MaxFilter(_AROUND)))
    return sum(ImageChops.lighter(darker, lighter).histogram()[_OTHER:]) > _STRAY


def _drawn(document: PdfDocument, number: int) -> Image.Image | None:
    """Return a page, or None if there is none."""
    try:
        page = shown_page(document, number)
    except PdfiumError:
        return None
    try:
        return draw_small(document, page)
    finally:
        page.close()
