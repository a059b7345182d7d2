"""A recognised page: its text, and every line and word with its place and confidence.

Boxes are ``(x0, y0, x1, y1)`` in pixels of the picture after EXIF rotation, origin top left, x1 and y1 exclusive.
Confidence runs from 0 to 100; that of a line or a page is the mean over its words, None without words.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import fsum

Box = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Word:
    """A run of letters without blanks."""

    text: str
    bbox: Box
    confidence: float


@dataclass(frozen=True, slots=True)
class Line:
    """Words that stand beside each other, in reading order; never empty."""

    bbox: Box
    words: tuple[Word, ...]

    @property
    def text(self) -> str:
        """The words, a blank between each two."""
        return " ".join(word.text for word in self.words)

    @property
    def confidence(self) -> float | None:
        """The mean over the words."""
        return _mean(self.words)


@dataclass(frozen=True, slots=True)
class Layout:
    """What an engine found on one page."""

    width: int
    height: int
    #: Name and version, as ``tesseract 5.3.0``.
    engine: str
    languages: tuple[str, ...]
    #: Normalised; may be empty.
    text: str
    lines: tuple[Line, ...]

    @property
    def confidence(self) -> float | None:
        """The mean over all words of the page."""
        return _mean(word for line in self.lines for word in line.words)


def _mean(words: Iterable[Word]) -> float | None:
    confidences = [word.confidence for word in words]
    return round(fsum(confidences) / len(confidences), 2) if confidences else None
