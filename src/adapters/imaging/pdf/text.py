"""The text of a page of a PDF, if it is certain that it is what the page shows. For walled processes only.

A text is certain if every letter has a meaning and is seen, everything that is drawn as text belongs to a letter, and
nothing else on the page may be writing: no pictures but small ones, no shapes that may be letters, no notes or fields
of a form. Whether letters mean what they look like, which a wrong font makes untrue, the engine finds out
(:mod:`adapters.engines.printed_text`). In doubt there is no text, and the page is recognised.
"""

import unicodedata
from collections.abc import Callable, Sequence
from ctypes import c_void_p, cast
from math import degrees
from typing import Final

from PIL import Image, ImageChops
from pypdfium2 import PdfPage, PdfTextPage, raw
from pypdfium2.version import PDFIUM_INFO

from adapters.imaging.page_text import PageText, PrintedWord
from adapters.imaging.pdf.marks import may_be_writing, text_objects
from adapters.imaging.pdf.paragraphs import FloatBox, Letter, Run, paragraphs_of
from adapters.imaging.pdf.places import Places, turned, whole
from ocrcore.domain.layout import Box, Line, Word, around
from ocrcore.domain.normalisation import normalise_text

#: The name and version of what finds the text.
PROGRAM: Final = f"pdf-text {PDFIUM_INFO.major}.{PDFIUM_INFO.minor}.{PDFIUM_INFO.build}.{PDFIUM_INFO.patch}"
#: Letters of a page; a page of a dictionary has 10,000.
_MOST_LETTERS: Final = 15_000
#: Modes of rendering text that paint it and do not clip (ISO 32000-1, table 106).
_PAINTED: Final = frozenset({0, 1, 2})
#: Categories of characters without a meaning of their own: controls, private use, surrogates, unassigned.
_MEANINGLESS: Final = frozenset({"Cc", "Co", "Cs", "Cn"})
_REPLACEMENT: Final = "\ufffd"
#: Scripts that run from right to left. Whether a page has the order of its letters right cannot be seen.
_RIGHT_TO_LEFT: Final = frozenset({"R", "AL", "AN"})
#: Levels by which a letter that is seen differs from the page without text.
_SEEN: Final = 40
#: How far ink reaches beyond the box of its letter, in sizes and in pixels; and pixels beyond it that are none of ours.
_AROUND, _MARGIN, _STRAY = 0.15, 2, 24
#: The share of the smaller of two words that lies under the other, if one is hidden by it.
_HIDDEN: Final = 0.6
#: Degrees by which a line may be inclined.
_LEVEL: Final = 2.0

Drawing = Callable[[], Image.Image]


def text_of(page: PdfPage, picture: Image.Image, draw: Drawing) -> PageText | None:
    """Return the text of a page, or None in doubt. ``draw`` draws the page again as ``picture``, which is in mode L.

    The text objects of the page are switched off by it, so the page is of no use afterwards.
    """
    found = page.get_textpage()
    try:
        if not 0 < found.count_chars() <= _MOST_LETTERS or may_be_writing(page):
            return None
        letters = _letters(page, found, picture.size)
    finally:
        found.close()
    if not letters or not _all_seen(page, letters, picture, draw):
        return None
    rotation = letters[0].rotation
    if any(letter.rotation != rotation for letter in letters):
        return None
    paragraphs = paragraphs_of(letters)
    if paragraphs is None:
        return None
    words = [_printed(run, picture.size) for lines in paragraphs for line in lines for run in line]
    if _some_hidden([word.bbox for word in words]) or not all(normalise_text(word.text) for word in words):
        return None
    return PageText([[_line(line, picture.size) for line in lines] for lines in paragraphs], words, rotation, PROGRAM)


def _letters(page: PdfPage, found: PdfTextPage, size: tuple[int, int]) -> Sequence[Letter] | None:
    """Return the letters in the order of the document, or None if one has no certain meaning."""
    letters: list[Letter] = []
    fonts: dict[int, int] = {}
    blank = False
    place, shown = Places(page, size), page.get_rotation()
    for at in range(found.count_chars()):
        text = "-" if raw.FPDFText_IsHyphen(found, at) == 1 else chr(raw.FPDFText_GetUnicode(found, at))
        if text.isspace() or text == "\0" or raw.FPDFText_IsGenerated(found, at) == 1:
            blank = True
            continue
        is_known = raw.FPDFText_HasUnicodeMapError(found, at) == 0 and not _is_meaningless(text)
        drawn = raw.FPDFText_GetTextObject(found, at)
        if not is_known or not drawn or raw.FPDFTextObj_GetTextRenderMode(drawn) not in _PAINTED:
            return None
        box = place.box(found.get_charbox(at))
        rotation = _quarter(degrees(raw.FPDFText_GetCharAngle(found, at)) + shown)
        if rotation is None or box[0] >= box[2] or box[1] >= box[3]:
            return None
        if min(box[2], size[0]) <= max(box[0], 0) or min(box[3], size[1]) <= max(box[1], 0):
            continue  # outside of what is shown
        address = cast(raw.FPDFTextObj_GetFont(drawn), c_void_p).value or 0
        font = fonts.setdefault(address, len(fonts))
        left, top, right, bottom = place.box(found.get_charbox(at, loose=True))
        height = max(1.0, (right - left) if rotation % 180 else (bottom - top))
        letters.append(Letter(text, turned(box, size, rotation), height, font, rotation, after_blank=blank))
        blank = False
    return letters


def _is_meaningless(text: str) -> bool:
    return (
        text == _REPLACEMENT
        or unicodedata.category(text) in _MEANINGLESS
        or unicodedata.bidirectional(text) in _RIGHT_TO_LEFT
    )


def _quarter(angle: float) -> int | None:
    """Return by how many degrees clockwise a letter is turned to be read, or None if it is inclined."""
    quarters = round(angle / 90)
    return None if abs(angle - 90 * quarters) > _LEVEL else (-90 * quarters) % 360


def _all_seen(page: PdfPage, letters: Sequence[Letter], picture: Image.Image, draw: Drawing) -> bool:
    """Return whether each letter is seen, and nothing that is drawn as text but letters."""
    for drawn in text_objects(page):
        raw.FPDFPageObj_SetIsActive(drawn, 0)
    ink = ImageChops.difference(picture, draw())
    boxes = [_pixels(letter, picture.size) for letter in letters]
    seen = ink.point(lambda level: 255 * (level >= _SEEN))
    if not all(seen.crop(box).getbbox() for box in boxes):
        return False
    for letter, (left, top, right, bottom) in zip(letters, boxes, strict=True):
        more = round(_AROUND * letter.size) + _MARGIN
        seen.paste(0, (max(0, left - more), max(0, top - more), right + more, bottom + more))
    return seen.histogram()[255] <= _STRAY


def _pixels(letter: Letter, size: tuple[int, int]) -> Box:
    """Return the pixels of a letter on the page as it lies, at least one."""
    return whole(letter.box, size, letter.rotation)


def _printed(run: Run, size: tuple[int, int]) -> PrintedWord:
    first = run[0]
    box = _around(run)
    text = "".join(letter.text for letter in run)
    fonts = tuple(letter.font for letter in run)
    return PrintedWord(text, whole(box, size, first.rotation), max(letter.size for letter in run), fonts)


def _around(run: Run) -> FloatBox:
    """Return the smallest box around letters."""
    boxes = [letter.box for letter in run]
    return min(b[0] for b in boxes), min(b[1] for b in boxes), max(b[2] for b in boxes), max(b[3] for b in boxes)


def _line(line: Sequence[Run], size: tuple[int, int]) -> Line:
    printed = [_printed(run, size) for run in line]
    words = tuple(Word(normalise_text(word.text), word.bbox, None) for word in printed)
    return Line(around(word.bbox for word in words), words)


def _some_hidden(boxes: Sequence[Box]) -> bool:
    """Return whether a word lies under another one."""
    active: list[Box] = []
    for box in sorted(boxes):
        active = [other for other in active if other[2] > box[0]]
        if any(_shared(box, other) > _HIDDEN for other in active):
            return True
        active.append(box)
    return False


def _shared(one: Box, other: Box) -> float:
    across = min(one[2], other[2]) - max(one[0], other[0])
    down = min(one[3], other[3]) - max(one[1], other[1])
    if across <= 0 or down <= 0:
        return 0.0
    return across * down / min((box[2] - box[0]) * (box[3] - box[1]) for box in (one, other))
