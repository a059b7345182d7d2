"""The text of a page of a PDF, if it is certain that it is what the page shows. For walled processes only.

A text is certain if every letter has a meaning and is seen, everything that is drawn as text belongs to a letter, and
nothing else on the page may be writing: no pictures but small ones, no shapes that may be letters, no notes or fields
of a form. Whether letters mean what they look like, which a wrong font makes untrue, the engine finds out
(:mod:`adapters.engines.printed_text`). In doubt there is no text, and the page is recognised.
"""

from collections.abc import Callable, Sequence
from time import process_time
from typing import Final

from PIL import Image, ImageChops, ImageDraw
from pypdfium2 import PdfPage, raw
from pypdfium2.version import PDFIUM_INFO

from adapters.imaging.page_text import PageText, PrintedWord
from adapters.imaging.pdf.fonts import PageFonts
from adapters.imaging.pdf.letters import Scale, letters_of
from adapters.imaging.pdf.look_alikes import may_be_mistaken
from adapters.imaging.pdf.marks import may_be_writing, text_objects
from adapters.imaging.pdf.paragraphs import FloatBox, Run, paragraphs_of
from adapters.imaging.pdf.places import whole
from ocrcore.domain.layout import Box, Line, Word, around
from ocrcore.domain.normalisation import normalise_text

#: The name and version of what finds the text.
PROGRAM: Final = f"pdf-text {PDFIUM_INFO.major}.{PDFIUM_INFO.minor}.{PDFIUM_INFO.build}.{PDFIUM_INFO.patch}"
#: Letters of a page; a page of a dictionary has 10,000.
_MOST_LETTERS: Final = 15_000
#: Levels by which a letter that is seen differs from the page without text.
_SEEN: Final = 40
_INK: Final = 255
_IS_SEEN: Final = [_INK * (level >= _SEEN) for level in range(256)]
#: Pixels with ink that may belong to no letter.
_STRAY: Final = 24
#: The share of the smaller of two words that lies under the other, if one is hidden by it.
_HIDDEN: Final = 0.6
#: Seconds of processor time in which a page is drawn that may be drawn again.
_QUICK: Final = 2.0

Drawing = Callable[[], Image.Image]


def text_of(page: PdfPage, fonts: PageFonts, scale: Scale, draw: Drawing) -> PageText | None:
    """Return the text of a page, or None in doubt. ``draw`` draws the page in the coarse size, in mode L.

    The text objects of the page are switched off by it, so the page is of no use afterwards.
    """
    found = page.get_textpage()
    try:
        if not 0 < found.count_chars() <= _MOST_LETTERS or may_be_writing(page):
            return None
        text = letters_of(page, found, fonts, scale)
    finally:
        found.close()
    if text is None or not text.letters or may_be_mistaken(text.letters):
        return None
    rotation = text.letters[0].rotation
    if any(letter.rotation != rotation for letter in text.letters):
        return None
    paragraphs = paragraphs_of(text.letters)
    if paragraphs is None or not _all_seen(page, text.places, draw):
        return None
    printed = [[[_printed(run, scale.size) for run in line] for line in lines] for lines in paragraphs]
    words = [word for lines in printed for line in lines for word in line]
    if _some_hidden([word.bbox for word in words]) or not all(normalise_text(word.text) for word in words):
        return None
    in_lines = [[_line(line) for line in lines] for lines in printed]
    return PageText(in_lines, words, text.fonts, rotation, PROGRAM, scale.size, round(scale.dpi, 1))


def _all_seen(page: PdfPage, places: Sequence[tuple[Box, int]], draw: Drawing) -> bool:
    """Return whether each letter is seen, and nothing that is drawn as text but letters."""
    began = process_time()
    picture = draw()
    if process_time() - began > _QUICK:
        return False
    for drawn in text_objects(page):
        raw.FPDFPageObj_SetIsActive(drawn, 0)
    seen = ImageChops.difference(picture, draw()).point(_IS_SEEN)
    pixels = seen.tobytes()
    if not all(_has_ink(pixels, seen.width, box) for box, _ in places):
        return False
    left_over = ImageDraw.Draw(seen)
    for (left, top, right, bottom), more in places:
        left_over.rectangle((left - more, top - more, right + more - 1, bottom + more - 1), fill=0)
    return seen.histogram()[_INK] <= _STRAY


def _has_ink(pixels: bytes, width: int, box: Box) -> bool:
    left, top, right, bottom = box
    return any(_INK in pixels[row + left : row + right] for row in range(top * width, bottom * width, width))


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


def _line(printed: Sequence[PrintedWord]) -> Line:
    words = tuple(Word(normalise_text(word.text), word.bbox, None) for word in printed)
    return Line(around(word.bbox for word in words), words)


def _some_hidden(boxes: Sequence[Box]) -> bool:
    """Return whether a word lies under another one."""
    active: list[Box] = []
    for box in sorted(boxes, key=lambda box: box[1]):
        active = [other for other in active if other[3] > box[1]]
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
