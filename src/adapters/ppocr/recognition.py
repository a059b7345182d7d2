"""Reading lines: the model gives each column of a line a probability for every letter (CTC)."""

from collections.abc import Sequence
from typing import Final, Protocol

import numpy as np

from adapters.ppocr.crops import HEIGHT
from adapters.ppocr.gaps import with_gaps
from adapters.ppocr.readings import COLUMN, Reading
from adapters.ppocr.runtime import Floats, Pixels, Run, as_input

#: The least width that the models read as they were taught to.
_LEAST_WIDTH: Final = 64


class LineReader(Protocol):
    """Reads a line."""

    def read(self, line: Pixels) -> Reading:
        """Return what is in a line of height 48."""


class Recogniser(LineReader):
    """Reads one line after the other: a batch takes more memory, and is no faster on one thread."""

    def __init__(self, run: Run, letters: Sequence[str]) -> None:
        self._run = run
        self._letters = letters

    def read(self, line: Pixels) -> Reading:
        """Return what is in a line of height 48."""
        width = line.shape[1]
        padded = np.zeros((HEIGHT, -(-max(_LEAST_WIDTH, width) // COLUMN) * COLUMN), np.float32)
        padded[:, :width] = as_input(line)
        return with_gaps(self._decoded(self._run(padded[None, None])[0]), line)

    def _decoded(self, probabilities: Floats) -> Reading:
        """Return the letters: the likeliest of each column, without repetitions and blanks."""
        best = probabilities.argmax(axis=1)
        first = np.flatnonzero((best != 0) & (best != np.concatenate(([0], best[:-1]))))
        letters = tuple(self._letters[place] for place in best[first])
        confidences = tuple(float(probabilities[column, best[column]]) for column in first)
        return Reading(letters, tuple(map(int, first)), confidences)
