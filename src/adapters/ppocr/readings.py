"""What was read in a line: letters, where, and how surely."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Final

BLANK: Final = " "
#: Pixels of a line for each column in which letters are told.
COLUMN: Final = 8


@dataclass(frozen=True, slots=True)
class Reading:
    """The letters of a line, blanks among them."""

    letters: tuple[str, ...]
    #: The column at which each letter was first seen.
    columns: tuple[int, ...]
    #: From 0 to 1, of each letter.
    confidences: tuple[float, ...]

    @property
    def confidence(self) -> float:
        """The mean over the letters; 0 without any."""
        return sum(self.confidences) / len(self.confidences) if self.confidences else 0.0

    @property
    def words(self) -> Iterator[range]:
        """The places of the letters of each word."""
        for is_blank, run in groupby(range(len(self.letters)), lambda place: self.letters[place] == BLANK):
            if not is_blank:
                places = list(run)
                yield range(places[0], places[-1] + 1)

    def with_part(self, part: range, other: "Reading") -> "Reading":
        """Return the reading with these letters replaced by those of another."""
        return Reading(
            (*self.letters[: part.start], *other.letters, *self.letters[part.stop :]),
            (*self.columns[: part.start], *other.columns, *self.columns[part.stop :]),
            (*self.confidences[: part.start], *other.confidences, *self.confidences[part.stop :]),
        )

    def stripped(self) -> "Reading":
        """Return the reading without blanks at its ends."""
        words = list(self.words)
        kept = slice(words[0].start, words[-1].stop) if words else slice(0)
        return Reading(self.letters[kept], self.columns[kept], self.confidences[kept])

    def moved(self, columns: int) -> "Reading":
        """Return the reading this many columns further to the right."""
        return Reading(self.letters, tuple(column + columns for column in self.columns), self.confidences)
