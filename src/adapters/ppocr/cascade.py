"""Two models, one after the other: the small one reads what the tiny one is not sure of.

The small model takes five times as long and is right more often. A line that the tiny one read badly is read again as a
whole; of another line only the words with a letter that is not sure or a gap that may be a blank, because most of its
time goes by width.
"""

from collections.abc import Collection, Iterator
from itertools import groupby
from typing import Final

from adapters.ppocr.gaps import after_doubtful_gaps
from adapters.ppocr.readings import COLUMN, Reading
from adapters.ppocr.recognition import LineReader
from adapters.ppocr.text_line import TextLine

#: Least mean confidence of a line that is not read again as a whole.
_SURE_LINE: Final = 0.95
#: Least confidence of each letter of a word that is not read again.
_SURE_LETTER: Final = 0.75
#: The share of a line's width from which on words are not read alone.
_MOST: Final = 0.75


class Cascade(LineReader):
    """A fast recogniser and an accurate one."""

    def __init__(self, tiny: LineReader, small: LineReader) -> None:
        self._tiny = tiny
        self._small = small

    def read(self, line: TextLine) -> Reading:
        """Return what is in a line of height 48."""
        first = self._tiny.read(line)
        if first.confidence < _SURE_LINE:
            return self._small.read(line)
        parts = [(part, _columns(first, part, line.width)) for part in _unsure(first, after_doubtful_gaps(first, line))]
        if sum(map(len, (columns for _, columns in parts))) * COLUMN > _MOST * line.width:
            return self._small.read(line)
        for part, columns in reversed(parts):
            cut = line.part(columns.start * COLUMN, columns.stop * COLUMN)
            again = self._small.read(cut).stripped().moved(columns.start)
            first = first.with_part(part, again)
        return first


def _unsure(reading: Reading, doubtful: Collection[int]) -> Iterator[range]:
    """Yield the places of each run of words with a letter that is not sure, or that are doubtful."""

    def is_unsure(word: range) -> bool:
        return any(reading.confidences[place] < _SURE_LETTER or place in doubtful for place in word)

    for unsure, run in groupby(reading.words, is_unsure):
        if unsure:
            words = list(run)
            yield range(words[0].start, words[-1].stop)


def _columns(reading: Reading, part: range, width: int) -> range:
    """Return the columns of these letters, from the middle of the blank before them to that of the blank after."""
    columns = reading.columns
    start = 0 if part.start == 0 else (columns[part.start - 2] + columns[part.start] + 1) // 2
    after = part.stop + 1
    end = -(-width // COLUMN) if after >= len(columns) else (columns[part.stop - 1] + columns[after] + 1) // 2
    return range(start, max(end, start + 1))
