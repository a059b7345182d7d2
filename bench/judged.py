"""Words that were read, each right or wrong, and what their confidences are worth."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from ocrcore.domain.layout import Layout
from score import words

BINS: Final = 10
_FULL: Final = 100.0


@dataclass(frozen=True)
class Judged:
    """A word that an engine read."""

    #: From 0 to 1.
    confidence: float
    right: bool


def judged(layout: Layout, text: str) -> Iterator[Judged]:
    """Yield the words of a page with this text.

    A word is right if it is one of the page's that was not counted yet; letters, digits and dots count, as in
    ``score.py``.
    """
    there = words(text)
    for line in layout.lines:
        for word in line.words:
            parts = words(word.text)
            if parts and word.confidence is not None:
                right = parts <= there
                if right:
                    there -= parts
                yield Judged(word.confidence / _FULL, right)


def error_of(found: Sequence[Judged]) -> float:
    """Return the expected calibration error.

    That is the mean distance of confidence and share of right words over the bins, weighted by their words.
    """
    bins = (in_bin(found, bin_) for bin_ in range(BINS))
    return sum(len(inside) / len(found) * abs(mean_of(inside) - share_of(inside)) for inside in bins if inside)


def in_bin(found: Sequence[Judged], bin_: int) -> list[Judged]:
    """Return the words with a confidence in one of the bins of equal width."""
    return [word for word in found if min(int(word.confidence * BINS), BINS - 1) == bin_]


def mean_of(found: Sequence[Judged]) -> float:
    """Return the mean confidence, from 0 to 1."""
    return sum(word.confidence for word in found) / len(found)


def share_of(found: Sequence[Judged]) -> float:
    """Return the share of right words."""
    return sum(word.right for word in found) / len(found)
