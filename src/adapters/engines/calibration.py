"""Confidences that mean something: of the words with a confidence of 90, nine in ten are right.

What an engine calls its confidence is on a scale of its own. Each curve was fitted to words of which it is known
whether they are right by ``bench/fit_curve.py``; ``bench/calibration.py`` measures how far it is off.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from ocrcore.domain.layout import Layout, engine_name

#: Confidence of the engine and share of right words in percent, joined by straight lines.
Curve = Sequence[tuple[float, float]]

_TESSERACT: Final[Curve] = (
    (0, 18.2), (30, 18.7), (50, 46.5), (70, 66.7), (85, 76.6), (92, 93.1), (96, 98.6), (100, 99.5),
)  # fmt: skip
_PPOCR: Final[Curve] = (
    (0, 6.8), (30, 6.8), (50, 7.7), (70, 14.1), (85, 39.5), (92, 62.7), (96, 82.2), (100, 96.1),
)  # fmt: skip
#: Engine -> its curve.
CURVES: Final[Mapping[str, Curve]] = {"tesseract": _TESSERACT, "tesserocr": _TESSERACT, "ppocr": _PPOCR}


def calibrated(layout: Layout) -> Layout:
    """Return the layout with the confidence of each word as the share of words with it that are right, in percent."""
    curve = CURVES.get(engine_name(layout.engine))
    if curve is None:  # an engine of another distribution, which was not measured
        return layout
    lines = (
        replace(line, words=tuple(
            word if word.confidence is None else replace(word, confidence=share(curve, word.confidence))
            for word in line.words
        ))
        for line in layout.lines
    )  # fmt: skip
    return replace(layout, lines=tuple(lines))


def share(curve: Curve, confidence: float) -> float:
    """Return the share of right words among those with this confidence, both in percent."""
    place = min(max(bisect_right(curve, (confidence, float("inf"))), 1), len(curve) - 1)
    (low, below), (high, above) = curve[place - 1], curve[place]
    return round(below + (above - below) * (confidence - low) / (high - low), 2)
