"""Whether the text of a page of a PDF is seen. For walled processes only.

An old layer of text need not say that it is invisible: it may lie under the scan, be white on white or without any
opacity, within a clip of nothing or in a layer that is switched off. So a page with letters is drawn with and without
them.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from ctypes import addressof, byref, c_int
from dataclasses import dataclass
from enum import Enum, auto
from itertools import islice
from time import process_time
from typing import Final

from PIL import Image, ImageChops
from pypdfium2 import PdfDocument, PdfiumError, PdfPage, raw

from adapters.imaging.pdf.char_boxes import CharBoxes
from adapters.imaging.pdf.document import shown_page
from adapters.imaging.pdf.drawing import apart, draw_small
from adapters.imaging.pdf.marks import is_painted, text_objects
from adapters.imaging.pdf.page_boxes import Box
from adapters.imaging.pdf.pictures import is_scan

#: Categories of characters that show nothing, beside blanks.
_SHOW_NOTHING: Final = frozenset({"Cc", "Cf"})
#: How deep forms are searched in forms.
_DEPTH: Final = 8
#: Levels of a colour by which a letter differs from the page without it, if it is seen at all.
_SEEN: Final = 8
#: The share of the letters of a stamp that may show nothing on the small picture, such as a dot.
_DOTS: Final = 0.1
#: Letters of a stamp. A page with more of them on a picture is not a scan but a picture below a text.
_MOST_OF_STAMP: Final = 200
#: Seconds of processor time in which pages of a document are drawn. After that, what is painted counts as seen.
_DRAWING: Final = 60.0


class Seen(Enum):
    """What is seen of the text of a page."""

    #: There is none.
    NONE = auto()
    #: There is none but what says that it is invisible.
    NO_PAINT = auto()
    #: There is text that is painted, and nothing of it is seen.
    NO_LETTER = auto()
    #: The few letters of a stamp on a scan are seen, such as its number.
    STAMP = auto()
    LETTERS = auto()


@dataclass(frozen=True, slots=True)
class OldText:
    """The text that a page has already."""

    seen: Seen
    #: Whether some of it says that it is invisible.
    has_invisible: bool = False
    #: Where the letters of a stamp are, in the page's own space.
    stamp: Sequence[Box] = ()


class Looks:
    """Looks at the pages of one document."""

    def __init__(self, document: PdfDocument) -> None:
        self._document, self._left = document, _DRAWING

    def at(self, number: int) -> OldText:
        """Return the text that a page has, counted from 1."""
        try:
            page = shown_page(self._document, number)
        except PdfiumError:  # a page that is not shown, so it could not be read either
            return OldText(Seen.NONE)
        try:
            texts = page.get_objects(filter=[raw.FPDF_PAGEOBJ_TEXT], max_depth=_DEPTH)
            painted = {is_painted(text.raw) for text in texts}
            letters = [*islice(_letters(page), _MOST_OF_STAMP + 1)] if True in painted else []
            if letters:
                return self._of_painted(page, letters, has_invisible=False in painted)
            return OldText(Seen.NO_PAINT if False in painted else Seen.NONE)
        finally:
            page.close()

    def _of_painted(self, page: PdfPage, letters: Sequence[Box], *, has_invisible: bool) -> OldText:
        """Return what is seen of a page with these letters, and maybe more, without which it is drawn once more."""
        if self._left <= 0:
            return OldText(Seen.LETTERS)
        began = process_time()
        with_text = draw_small(self._document, page)
        for text in text_objects(page):
            raw.FPDFPageObj_SetIsActive(text, 0)
        without = draw_small(self._document, page)
        self._left -= process_time() - began
        if apart(with_text, without) < _SEEN:
            return OldText(Seen.NO_LETTER)
        is_stamp = len(letters) <= _MOST_OF_STAMP and is_scan(page)
        if is_stamp and _all_differ(page, letters, ImageChops.difference(with_text, without)):
            return OldText(Seen.STAMP, has_invisible, letters)
        return OldText(Seen.LETTERS)


def _all_differ(page: PdfPage, letters: Sequence[Box], difference: Image.Image) -> bool:
    """Return whether a picture of a page shows something at the places of letters, but for dots that are too small."""
    grey = difference.convert("L")
    shown = [any(grey.crop(_pixels(page, letter, grey.size)).histogram()[1:]) for letter in letters]
    return shown.count(False) <= _DOTS * len(shown)


def _pixels(page: PdfPage, box: Box, size: tuple[int, int]) -> tuple[int, int, int, int]:
    """Return where a box of a page is on a picture of this size."""
    across, down = c_int(), c_int()
    corners = []
    for x, y in (box[:2], box[2:]):
        raw.FPDF_PageToDevice(page, 0, 0, *size, 0, x, y, byref(across), byref(down))
        corners.append((across.value, down.value))
    (x0, y0), (x1, y1) = corners
    return min(x0, x1), min(y0, y1), max(x0, x1) + 1, max(y0, y1) + 1


def _letters(page: PdfPage) -> Iterator[Box]:
    """Yield the room of each letter of a page that is painted within the part that is shown."""
    found = page.get_textpage()
    left, bottom, right, top = page.get_bbox()
    try:
        boxes = CharBoxes(found)
        painted: dict[int, bool] = {}
        for at in range(found.count_chars()):
            letter, text = chr(raw.FPDFText_GetUnicode(found, at)), raw.FPDFText_GetTextObject(found, at)
            if not text or letter.isspace() or unicodedata.category(letter) in _SHOW_NOTHING:
                continue
            x0, y0, x1, y1 = boxes.tight(at)
            address = addressof(text.contents)
            if address not in painted:
                painted[address] = is_painted(text)
            if painted[address] and x0 <= right and x1 >= left and y0 <= top and y1 >= bottom:
                a, b, c, d = boxes.loose(at)
                yield min(x0, a), min(y0, b), max(x1, c), max(y1, d)
    finally:
        found.close()
