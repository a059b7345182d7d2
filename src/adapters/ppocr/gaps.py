"""Blanks that the model left out: put where a line has no ink for a while between two letters."""

from collections.abc import Collection, Sequence
from typing import Final

from adapters.ppocr.crops import HEIGHT
from adapters.ppocr.readings import BLANK, COLUMN, Reading
from adapters.ppocr.text_line import TextLine

#: Pixels before and after the column of a letter between which a gap may lie.
_BEFORE, _AFTER = 2, 9
#: Least width of a gap, in pixels: 0.35 of the line's height. Smaller ones part words, larger ones join them.
_LEAST_GAP: Final = 0.35 * HEIGHT
#: From this width on the tiny model may have missed a blank.
_DOUBTFUL_GAP: Final = 0.225 * HEIGHT


def with_gaps(reading: Reading, line: TextLine) -> Reading:
    """Return the reading with a blank at each wide gap between two letters."""
    columns = reading.columns
    for place in reversed(_after_gaps(reading, line, _LEAST_GAP)):
        middle = (columns[place - 1] + columns[place]) // 2
        reading = reading.with_part(range(place, place), Reading((BLANK,), (middle,), (1.0,)))
    return reading


def after_doubtful_gaps(reading: Reading, line: TextLine) -> Collection[int]:
    """Return the places of letters that follow a gap in which there may be a blank."""
    return _after_gaps(reading, line, _DOUBTFUL_GAP)


def _after_gaps(reading: Reading, line: TextLine, least: float) -> Sequence[int]:
    """Return the places of letters that follow another letter after a gap of at least this many pixels."""
    letters, columns = reading.letters, reading.columns
    gaps = [gap for gap in line.gaps if len(gap) >= least]

    def follows_gap(place: int) -> bool:
        start, end = columns[place - 1] * COLUMN - _BEFORE, columns[place] * COLUMN + _AFTER
        return any(min(end, gap.stop) - max(start, gap.start) >= least for gap in gaps)

    pairs = (place for place in range(1, len(letters)) if BLANK not in (letters[place - 1], letters[place]))
    return [place for place in pairs if follows_gap(place)] if gaps else []
