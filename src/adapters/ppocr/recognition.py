"""Reading lines: the model gives each column of a line a probability for every letter (CTC)."""

from abc import abstractmethod
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final, Protocol

import numpy as np

from adapters.ppocr.crops import HEIGHT
from adapters.ppocr.gaps import with_gaps
from adapters.ppocr.readings import Reading
from adapters.ppocr.runtime import Floats, Run, Runtime, as_input
from adapters.ppocr.text_line import TextLine

#: Ligature -> the letters that it is made of. No language has both side by side.
_HALVES: Final = {"œ": "oe", "Œ": "OE"}
_LIGATURES: Final = frozenset(_HALVES)
#: The least width that the models read as they were taught to.
_LEAST_WIDTH: Final = 64


class LineReader(Protocol):
    """Reads lines."""

    @abstractmethod
    def read(self, line: TextLine) -> Reading:
        """Return what is in a line of height 48."""

    def read_all(self, lines: Sequence[TextLine]) -> list[Reading]:
        """Return what is in each line of height 48."""
        return [self.read(line) for line in lines]

    def prepare(self) -> None:
        """Let the runtime meet lines of the usual widths."""
        return


class Recogniser(LineReader):
    """Reads lines with one model."""

    def __init__(self, run: Run, letters: Sequence[str], runtime: Runtime) -> None:
        self._run = run
        self._letters = letters
        self._runtime = runtime

    def read(self, line: TextLine) -> Reading:
        """Return what is in a line of height 48."""
        return self._read([line], self._padded(line.width))[0]

    def read_all(self, lines: Sequence[TextLine]) -> list[Reading]:
        """Return what is in each line of height 48, with lines of one width at once if the runtime likes that."""
        found: dict[int, Reading] = {}
        for width, places in self._batches(lines):
            found.update(zip(places, self._read([lines[place] for place in places], width), strict=True))
        return [found[place] for place in range(len(lines))]

    def prepare(self) -> None:
        """Let the runtime meet lines of the usual widths, alone and as many as are read at once."""
        for width in self._runtime.usual_widths:
            for number in {1, self._runtime.batch}:
                self._run(np.zeros((number, 1, HEIGHT, width), np.float32))

    def _batches(self, lines: Sequence[TextLine]) -> Iterator[tuple[int, list[int]]]:
        """Yield the places of lines to be read at once, and their width: whole batches, and the rest one by one.

        So a model meets each width with two numbers of lines only, and is prepared for both once.
        """
        by_width: dict[int, list[int]] = defaultdict(list)
        for place, line in enumerate(lines):
            by_width[self._padded(line.width)].append(place)
        most = self._runtime.batch
        for width, places in by_width.items():
            whole = len(places) // most * most
            yield from ((width, places[start : start + most]) for start in range(0, whole, most))
            yield from ((width, [place]) for place in places[whole:])

    def _padded(self, width: int) -> int:
        step = self._runtime.width_step
        return -(-max(_LEAST_WIDTH, width) // step) * step

    def _read(self, lines: Sequence[TextLine], width: int) -> list[Reading]:
        padded = np.zeros((len(lines), 1, HEIGHT, width), np.float32)
        for place, line in enumerate(lines):
            padded[place, 0, :, : line.width] = as_input(line.pixels)
        answers = self._run(padded)
        return [with_gaps(self._decoded(answer), line) for answer, line in zip(answers, lines, strict=True)]

    def _decoded(self, probabilities: Floats) -> Reading:
        """Return the letters: the likeliest of each column, without repetitions and blanks."""
        best = probabilities.argmax(axis=1)
        first = np.flatnonzero((best != 0) & (best != np.concatenate(([0], best[:-1]))))
        letters = tuple(self._letters[place] for place in best[first])
        confidences = tuple(float(probabilities[column, best[column]]) for column in first)
        return without_halves(Reading(letters, tuple(map(int, first)), confidences))


def without_halves(reading: Reading) -> Reading:
    """Return the reading without halves of ligatures beside them: models see an o, and then that it was of an œ."""
    letters = reading.letters
    if _LIGATURES.isdisjoint(letters):
        return reading
    around = zip(("", *letters[:-1]), letters, (*letters[1:], ""), strict=True)
    halves = [each in _HALVES.get(before, "") + _HALVES.get(after, "") for before, each, after in around]
    kept = [at for at, is_half in enumerate(halves) if not is_half]
    return Reading(
        tuple(letters[at] for at in kept),
        tuple(reading.columns[at] for at in kept),
        tuple(reading.confidences[at] for at in kept),
    )
