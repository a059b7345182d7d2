"""The layout of a recognised page: its text, and the box and confidence of every line and word.

Boxes are ``(x0, y0, x1, y1)`` in pixels of the picture after EXIF rotation, origin top left, x1 and y1 exclusive. They
are those of the page as it lies, even if it was turned to be read.
A baseline is the straight line on which the letters of a line stand, as hOCR tells it: ``(slope, offset)``. y goes down
by ``slope`` for each pixel to the right, and ``offset`` is y at the left end of the line's box, from the bottom of the
box: below 0 where letters such as p reach under the baseline. Left, right and bottom are those of the page turned
clockwise by its ``rotation``, on which the line is read.
Confidence is the share of words that are right among those with it, from 0 to 100. That of a line or page is the mean
over its words, None without words and for text that was not recognised.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from math import fsum

from ocrcore.domain.codes import ItemWarning
from ocrcore.domain.joining import join_words, letters

Box = tuple[int, int, int, int]
Point = tuple[float, float]
#: Slope and offset.
Baseline = tuple[float, float]
#: Decimals of a slope and of an offset that are kept.
_SLOPE, _OFFSET = 4, 2


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
    #: None if unknown.
    baseline: Baseline | None = None

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
    #: The share of the ink in which no words were found: of all ink, on a page with shadows or coloured areas, or of
    #: that in lines. 0 where nobody looked.
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
    def line_texts(self) -> Sequence[str]:
        """The text of each line as it stands in ``text``, with its blanks; that of the words if ``text`` differs."""
        texts = [text for text in self.text.split("\n") if text.strip()]
        return texts if len(texts) == len(self.lines) else [line.text for line in self.lines]

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

    def clipped_baseline(self, line: Line) -> Baseline | None:
        """Return the baseline of a line, told of the part of its box that is on the page."""
        size = self.width, self.height
        box, clipped = (turned_box(one, size, self.rotation) for one in (line.bbox, self.clipped(line.bbox)))
        return seen_from(line.baseline, box, clipped)

    def baseline_ends(self, line: Line) -> tuple[Point, Point] | None:
        """Return the points of the page between which the baseline of a line runs, in the direction of reading."""
        if line.baseline is None:
            return None
        size = self.width, self.height
        (left, _, right, bottom), (slope, offset) = turned_box(line.bbox, size, self.rotation), line.baseline
        read = turned_size(size, self.rotation)
        start, end = ((x, bottom + offset + slope * (x - left)) for x in (left, right))
        return _turned_point(start, read, -self.rotation), _turned_point(end, read, -self.rotation)

    def turned(self, degrees: int) -> "Layout":
        """Return the layout of the page turned clockwise by a multiple of 90 degrees.

        ``rotation`` and the baselines stay: they are told of the page as it was read.
        """
        if degrees % 360 == 0:
            return self
        size = self.width, self.height

        def moved(box: Box) -> Box:
            return turned_box(box, size, degrees)

        width, height = turned_size(size, degrees)
        return replace(self._moved(moved), width=width, height=height)

    def slanted(self, degrees: float, size: tuple[int, int]) -> "Layout":
        """Return the layout of a page of this size, which was turned about its middle by so much to be read.

        ``degrees`` is how far its lines are slanted clockwise. A box becomes the upright one around the slanted one,
        clipped to the page, and a baseline is slanted. ``skew`` stays.
        """
        page = replace(self, width=size[0], height=size[1])
        cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))

        def at(x: float, y: float) -> Point:
            across, down = x - self.width / 2, y - self.height / 2
            return size[0] / 2 + across * cosine - down * sine, size[1] / 2 + across * sine + down * cosine

        def moved(box: Box) -> Box:
            x0, y0, x1, y1 = box
            xs, ys = zip(*(at(x, y) for x in (x0, x1) for y in (y0, y1)), strict=True)
            return page.clipped((math.floor(min(xs)), math.floor(min(ys)), math.ceil(max(xs)), math.ceil(max(ys))))

        def slanted(line: Line, box: Box) -> Baseline | None:
            if line.baseline is None:
                return None
            (left, _, _, bottom), (slope, offset) = line.bbox, line.baseline
            start, after = at(left, bottom + offset), at(left + 1, bottom + offset + slope)
            return baseline_through(start, (after[1] - start[1]) / (after[0] - start[0]), box)

        lying = page._moved(moved)  # noqa: SLF001 - of the same class
        pairs = zip(self.lines, lying.lines, strict=True)
        return replace(lying, lines=tuple(replace(now, baseline=slanted(line, now.bbox)) for line, now in pairs))

    def resized(self, size: tuple[int, int]) -> "Layout":
        """Return the layout of the page at this size, of which it was read larger or smaller; with ``rotation`` 0.

        A box becomes the smallest of whole pixels around its place, and a baseline stays where it was on its line.
        """
        if size == (self.width, self.height):
            return self
        page = replace(self, width=size[0], height=size[1])
        across, down = size[0] / self.width, size[1] / self.height

        def moved(box: Box) -> Box:
            x0, y0, x1, y1 = box
            return page.clipped((int(x0 * across), int(y0 * down), math.ceil(x1 * across), math.ceil(y1 * down)))

        def stood(line: Line, box: Box) -> Baseline | None:
            if line.baseline is None:
                return None
            (left, _, _, bottom), (slope, offset) = line.bbox, line.baseline
            return baseline_through((left * across, (bottom + offset) * down), slope * down / across, box)

        after = page._moved(moved)  # noqa: SLF001 - of the same class
        pairs = zip(self.lines, after.lines, strict=True)
        return replace(after, lines=tuple(replace(now, baseline=stood(line, now.bbox)) for line, now in pairs))

    def _moved(self, moved: Callable[[Box], Box]) -> "Layout":
        lines = tuple(
            replace(
                line,
                bbox=moved(line.bbox),
                words=tuple(replace(word, bbox=moved(word.bbox)) for word in line.words),
            )
            for line in self.lines
        )
        return replace(self, lines=lines)

    def without_margin(self, margin: int) -> "Layout":
        """Return the layout of the page, not turned, without this many pixels on each side.

        Boxes are clipped to the page.
        """
        if margin == 0:
            return self
        page = replace(self, width=self.width - 2 * margin, height=self.height - 2 * margin)

        def moved(box: Box) -> Box:
            x0, y0, x1, y1 = box
            return x0 - margin, y0 - margin, x1 - margin, y1 - margin

        return page._moved(moved)._clipped()  # noqa: SLF001 - of the same class

    def _clipped(self) -> "Layout":
        """Return the layout with every box clipped to the page."""
        page = self._moved(self.clipped)
        lines = (
            replace(line, baseline=seen_from(line.baseline, old.bbox, line.bbox))
            for old, line in zip(self.lines, page.lines, strict=True)
        )
        return replace(page, lines=tuple(lines))


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


def turned_size(size: tuple[int, int], degrees: int) -> tuple[int, int]:
    """Return width and height of a page after it is turned by a multiple of 90 degrees."""
    return size[::-1] if degrees % 180 else size


def _turned_point(point: Point, size: tuple[int, int], degrees: int) -> Point:
    """Return where a point is on a page of this size after the page is turned clockwise by a multiple of 90 degrees."""
    (x, y), (width, height) = point, size
    match degrees % 360:
        case 90:
            return height - y, x
        case 180:
            return width - x, height - y
        case 270:
            return y, width - x
        case _:
            return point


def baseline_through(start: Point, slope: float, box: Box) -> Baseline:
    """Return the baseline of a line with this box that goes through a point, rounded to a fraction of a pixel."""
    x, y = start
    return round(slope, _SLOPE), round(y - slope * (x - box[0]) - box[3], _OFFSET)


def seen_from(baseline: Baseline | None, box: Box, other: Box) -> Baseline | None:
    """Return a baseline that is told of one box of its line, told of another."""
    if baseline is None or (box[0], box[3]) == (other[0], other[3]):
        return baseline
    slope, offset = baseline
    return baseline_through((box[0], box[3] + offset), slope, other)


def engine_name(version: str) -> str:
    """Return the name of the engine of which this is the name and version."""
    return version.partition(" ")[0]


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
