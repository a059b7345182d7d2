"""Whether the text of a page of a PDF is seen. For walled processes only.

An old layer of text need not say that it is invisible: it may lie under the scan, be white on white or without any
opacity, within a clip of nothing or in a layer that is switched off. So a page with letters is drawn with and without
them.
"""

import unicodedata
from ctypes import addressof
from enum import Enum, auto
from time import process_time
from typing import Final

from pypdfium2 import PdfDocument, PdfiumError, PdfPage, raw

from adapters.imaging.pdf.char_boxes import CharBoxes
from adapters.imaging.pdf.document import shown_page
from adapters.imaging.pdf.drawing import apart, draw_small
from adapters.imaging.pdf.marks import is_painted, text_objects

#: Categories of characters that show nothing, beside blanks.
_SHOW_NOTHING: Final = frozenset({"Cc", "Cf"})
#: How deep forms are searched in forms.
_DEPTH: Final = 8
#: Levels of a colour by which a letter differs from the page without it, if it is seen at all.
_SEEN: Final = 8
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
    LETTERS = auto()


class Looks:
    """Looks at the pages of one document."""

    def __init__(self, document: PdfDocument) -> None:
        self._document, self._left = document, _DRAWING

    def at(self, number: int) -> Seen:
        """Return what is seen of the text of a page, counted from 1."""
        try:
            page = shown_page(self._document, number)
        except PdfiumError:  # a page that is not shown, so it could not be read either
            return Seen.NONE
        try:
            texts = page.get_objects(filter=[raw.FPDF_PAGEOBJ_TEXT], max_depth=_DEPTH)
            painted = {is_painted(text.raw) for text in texts}
            if True in painted and _is_in_sight(page):
                return Seen.LETTERS if self._is_seen(page) else Seen.NO_LETTER
            return Seen.NO_PAINT if False in painted else Seen.NONE
        finally:
            page.close()

    def _is_seen(self, page: PdfPage) -> bool:
        """Return whether a page looks otherwise without its text, which is switched off."""
        if self._left <= 0:
            return True
        began = process_time()
        with_text = draw_small(self._document, page)
        for text in text_objects(page):
            raw.FPDFPageObj_SetIsActive(text, 0)
        without = draw_small(self._document, page)
        self._left -= process_time() - began
        return apart(with_text, without) >= _SEEN


def _is_in_sight(page: PdfPage) -> bool:
    """Return whether a letter of a page is painted within the part that is shown."""
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
                return True
    finally:
        found.close()
    return False
