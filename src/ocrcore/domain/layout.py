"""The layout of a recognised page: its text, and the box and confidence of every line and word.

Boxes are ``(x0, y0, x1, y1)`` in pixels of the picture after EXIF rotation, origin top left, x1 and y1 exclusive.
Confidence runs from 0 to 100; the confidence of a line or page is the mean over its words, None without words.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import fsum

Box = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Word:
    """A run of characters without blanks."""

    text: str
    bbox: Box
    confidence: float


@dataclass(frozen=True, slots=True)
class Line:
    """The words of one line in reading order; at least one."""

    bbox: Box
    words: tuple[Word, ...]

    @property
    def text(self) -> str:
        """The words, joined by blanks."""
        return " ".join(word.text for word in self.words)

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

    @property
    def confidence(self) -> float | None:
        """The mean over all words of the page."""
        return _mean(word for line in self.lines for word in line.words)


def _mean(words: Iterable[Word]) -> float | None:
    confidences = [word.confidence for word in words]
    return round(fsum(confidences) / len(confidences), 2) if confidences else None
