"""Blanks that the model left out: put where a line has no ink for a while between two letters."""

from collections.abc import Collection, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from adapters.ppocr.crops import HEIGHT
from adapters.ppocr.readings import BLANK, COLUMN, Reading
from adapters.ppocr.runtime import Pixels

#: The rows of a line that are looked at: its borders may have ink of other lines.
_ROWS: Final = slice(HEIGHT // 5, HEIGHT * 4 // 5)
#: The shares of the pixels that are darker than paper and than ink, and the least distance of these two greys.
_PAPER, _INK, _LEAST_CONTRAST = 0.85, 0.03, 25
#: How far from paper to ink a pixel has ink.
_THRESHOLD: Final = 0.35
#: Pixels before and after the column of a letter between which a gap may lie.
_BEFORE, _AFTER = 2, 9
_GREYS: Final = 256
#: Least width of a gap, in pixels: 0.35 of the line's height. Smaller ones part words, larger ones join them.
_LEAST_GAP: Final = 0.35 * HEIGHT
#: From this width on the tiny model may have missed a blank.
_DOUBTFUL_GAP: Final = 0.225 * HEIGHT


def with_gaps(reading: Reading, line: Pixels) -> Reading:
    """Return the reading with a blank at each wide gap between two letters."""
    columns = reading.columns
    for place in reversed(_after_gaps(reading, line, _LEAST_GAP)):
        middle = (columns[place - 1] + columns[place]) // 2
        reading = reading.with_part(range(place, place), Reading((BLANK,), (middle,), (1.0,)))
    return reading


def after_doubtful_gaps(reading: Reading, line: Pixels) -> Collection[int]:
    """Return the places of letters that follow a gap in which there may be a blank."""
    return _after_gaps(reading, line, _DOUBTFUL_GAP)


def _after_gaps(reading: Reading, line: Pixels, least: float) -> Sequence[int]:
    """Return the places of letters that follow another letter after a gap of at least this many pixels."""
    letters, columns = reading.letters, reading.columns
    gaps = _gaps(line, least)

    def follows_gap(place: int) -> bool:
        start, end = columns[place - 1] * COLUMN - _BEFORE, columns[place] * COLUMN + _AFTER
        return any(min(end, gap.stop) - max(start, gap.start) >= least for gap in gaps)

    pairs = (place for place in range(1, len(letters)) if BLANK not in (letters[place - 1], letters[place]))
    return [place for place in pairs if follows_gap(place)] if gaps else []


def free_columns(line: Pixels) -> NDArray[np.bool_]:
    """Return which columns of pixels have no ink."""
    band = line[_ROWS]
    darker = np.bincount(band.ravel(), minlength=_GREYS).cumsum() / band.size
    paper, ink = np.searchsorted(darker, (_PAPER, _INK))
    if paper - ink <= _LEAST_CONTRAST:
        return np.zeros(line.shape[1], np.bool_)
    return np.asarray(band.min(axis=0) >= paper - (paper - ink) * _THRESHOLD, np.bool_)


def _gaps(line: Pixels, least: float) -> list[range]:
    """Return the runs of at least this many columns of pixels without ink."""
    edges = np.flatnonzero(np.diff(free_columns(line).view(np.int8), prepend=0, append=0)).tolist()
    return [range(start, end) for start, end in zip(edges[::2], edges[1::2], strict=True) if end - start >= least]
