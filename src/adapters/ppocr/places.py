"""Where letters are in their line: the model tells a column of 8 pixels, and the ink around it tells the edges."""

from collections.abc import Sequence
from typing import Final

from adapters.engines.geometry import Letter
from adapters.ppocr.crops import HEIGHT
from adapters.ppocr.readings import COLUMN, Reading
from adapters.ppocr.text_line import TextLine

#: Wider ink is not that of a word's letters, but a rule or a dark ground.
_WIDEST: Final = 10 * HEIGHT
#: How far from the middle of its column a letter's ink may be, in pixels.
_NEAR: Final = COLUMN


def placed(reading: Reading, line: TextLine) -> Sequence[Letter]:
    """Return the letters with their places along a line."""
    width, runs = line.width, _runs_of_ink(line)
    middles = [(column + 0.5) * COLUMN for column in reading.columns]
    return [
        Letter(letter, min(1.0, middle / width), confidence, _ink_at(middle, runs, width))
        for letter, middle, confidence in zip(reading.letters, middles, reading.confidences, strict=True)
    ]


def _runs_of_ink(line: TextLine) -> list[tuple[int, int]]:
    """Return where ink begins and ends, in pixels; nothing where the line has no ink or no ground."""
    gaps = line.gaps
    if not gaps:
        return []
    starts, ends = (0, *(gap.stop for gap in gaps)), (*(gap.start for gap in gaps), line.width)
    return [run for run in zip(starts, ends, strict=True) if 0 < run[1] - run[0] <= _WIDEST]


def _ink_at(middle: float, runs: Sequence[tuple[int, int]], width: int) -> tuple[float, float] | None:
    """Return the run of ink at this pixel or nearest to it, as fractions of the line, or None if all are far."""
    start, end = min(runs, key=lambda run: _distance(middle, run), default=(0, 0))
    return (start / width, end / width) if end and _distance(middle, (start, end)) <= _NEAR else None


def _distance(at: float, run: tuple[int, int]) -> float:
    return max(run[0] - at, at - run[1], 0.0)
