"""Whether the text of a page of a PDF is seen. For walled processes only."""

import unicodedata
from ctypes import addressof
from enum import Enum, auto
from typing import Final

from pypdfium2 import PdfDocument, PdfiumError, PdfPage, raw

from adapters.imaging.pdf.char_boxes import CharBoxes
from adapters.imaging.pdf.document import shown_page
from adapters.imaging.pdf.marks import is_painted

#: Categories of characters that show nothing, beside blanks.
_SHOW_NOTHING: Final = frozenset({"Cc", "Cf"})
#: How deep forms are searched in forms.
_DEPTH: Final = 8


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
        self._document = document

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
                return Seen.LETTERS
            return Seen.NO_PAINT if False in painted else Seen.NONE
        finally:
            page.close()


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
