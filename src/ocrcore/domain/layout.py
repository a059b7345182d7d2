"""The layout of a recognised page: its text, and the box and confidence of every line and word.

Boxes are ``(x0, y0, x1, y1)`` in pixels of the picture after EXIF rotation, origin top left, x1 and y1 exclusive. They
are those of the page as it lies, even if it was turned to be read.
Confidence runs from 0 to 100; the confidence of a line or page is the mean over its words, None without words and for
text that was not recognised.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from math import fsum

from ocrcore.domain.codes import ItemWarning
from ocrcore.domain.joining import join_words, letters

Box = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Word:
    """A run of characters without blanks."""

    text: str
    bbox: Box
    #: None for a word that was not recognised, but taken from the text of a PDF.
    confidence: float | None


@dataclass(frozen=True, slots=True)
class Line:
    """The words of one line in reading order; at least one."""

    bbox: Box
    words: tuple[Word, ...]

    @property
    def text(self) -> str:
        """The words, joined by blanks in scripts that have blanks."""
        return join_words(word.text for word in self.words)

    @property
    def confidence(self) -> float | None:
        """The mean over the words."""
        return _mean(self.words)


@dataclass(frozen=True, slots=True)
class Layout:
    """The result of an engine for one page."""

    width: int
    height: int
    #: Name and version, such as ``tesseract 5.3.0``.
    engine: str
    languages: tuple[str, ...]
    #: Normalised by :func:`ocrcore.domain.normalisation.normalise_text`; may be empty.
    text: str
    lines: tuple[Line, ...]
    warnings: tuple[ItemWarning, ...] = ()
    #: Dots per inch of the picture, if known.
    dpi: float | None = None
    #: By how many degrees clockwise the page was turned to be read: 0, 90, 180 or 270.
    rotation: int = 0
    #: By how many degrees clockwise its lines were slanted after that turn, which was undone to read it; None if nobody
    #: looked.
    skew: float | None = None
    #: The share of the ink that is outside the words, on a page with shadows or coloured areas; 0 on all others.
    unread: float = 0.0

    @property
    def confidence(self) -> float | None:
        """The mean over all words of the page."""
        return _mean(word for line in self.lines for word in line.words)

    @property
    def is_whole(self) -> bool:
        """Whether the text has exactly the letters of the lines. An engine whose output was cut returns others."""
        return letters(self.text) == letters("\n".join(line.text for line in self.lines))

    @property
    def paragraphs(self) -> Sequence[Sequence[Line]]:
        """The lines by paragraph: the text has an empty line between two. One paragraph if text and lines differ."""
        lines = iter(self.lines)
        paragraphs = [list(islice(lines, paragraph.count("\n") + 1)) for paragraph in self.text.split("\n\n")]
        counted = sum(map(len, paragraphs)) == len(self.lines) and all(paragraphs)
        return paragraphs if counted else [self.lines] if self.lines else []

    def clipped(self, box: Box) -> Box:
        """Return the part of a box that is on the page, at least one pixel."""
        x0, y0, x1, y1 = box
        left, top = min(max(x0, 0), self.width - 1), min(max(y0, 0), self.height - 1)
        return left, top, max(min(x1, self.width), left + 1), max(min(y1, self.height), top + 1)

    def turned(self, degrees: int) -> "Layout":
        """Return the layout of the page turned clockwise by a multiple of 90 degrees. ``rotation`` stays."""
        size = self.width, self.height

        def moved(box: Box) -> Box:
            return turned_box(box, size, degrees)

        width, height = size[::-1] if degrees % 180 else size
        return replace(self._moved(moved), width=width, height=height)

    def slanted(self, degrees: float, size: tuple[int, int]) -> "Layout":
        """Return the layout of a page of this size, which was turned about its middle by so much to be read.

        ``degrees`` is how far its lines are slanted clockwise. A box becomes the upright one around the slanted one,
        clipped to the page. ``skew`` stays.
        """
        page = replace(self, width=size[0], height=size[1])
        cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))

        def moved(box: Box) -> Box:
            x0, y0, x1, y1 = box
            corners = [(x - self.width / 2, y - self.height / 2) for x in (x0, x1) for y in (y0, y1)]
            xs = [size[0] / 2 + x * cosine - y * sine for x, y in corners]
            ys = [size[1] / 2 + x * sine + y * cosine for x, y in corners]
            return page.clipped((math.floor(min(xs)), math.floor(min(ys)), math.ceil(max(xs)), math.ceil(max(ys))))

        return page._moved(moved)  # noqa: SLF001 - of the same class

    def _moved(self, moved: Callable[[Box], Box]) -> "Layout":
        lines = tuple(
            Line(moved(line.bbox), tuple(replace(word, bbox=moved(word.bbox)) for word in line.words))
            for line in self.lines
        )
        return replace(self, lines=lines)

    def without_margin(self, margin: int) -> "Layout":
        """Return the layout of the page without this many pixels on each side. Boxes are clipped to the page."""
        if margin == 0:
            return self
        page = replace(self, width=self.width - 2 * margin, height=self.height - 2 * margin)

        def moved(box: Box) -> Box:
            x0, y0, x1, y1 = box
            return page.clipped((x0 - margin, y0 - margin, x1 - margin, y1 - margin))

        return page._moved(moved)  # noqa: SLF001 - of the same class


def turned_box(box: Box, size: tuple[int, int], degrees: int) -> Box:
    """Return where a box is on a page of this size after the page is turned clockwise by a multiple of 90 degrees."""
    (x0, y0, x1, y1), (width, height) = box, size
    match degrees % 360:
        case 90:
            return height - y1, x0, height - y0, x1
        case 180:
            return width - x1, height - y1, width - x0, height - y0
        case 270:
            return y0, width - x1, y1, width - x0
        case _:
            return box


def around(boxes: Iterable[Box]) -> Box:
    """Return the smallest box that holds all of these."""
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


def layout_of(
    paragraphs: Sequence[Sequence[Line]], size: tuple[int, int], engine: str, languages: tuple[str, ...]
) -> Layout:
    """Return the layout of a page of this size; its text has an empty line between two paragraphs."""
    text = "\n\n".join("\n".join(line.text for line in paragraph) for paragraph in paragraphs)
    lines = tuple(line for paragraph in paragraphs for line in paragraph)
    return Layout(*size, engine=engine, languages=languages, text=text, lines=lines)


def _mean(words: Iterable[Word]) -> float | None:
    confidences = [word.confidence for word in words if word.confidence is not None]
    return round(fsum(confidences) / len(confidences), 2) if confidences else None
