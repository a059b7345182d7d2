"""An engine that reads Code 39 barcodes: each becomes a line of one word."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from ocrcore.domain.layout import Line, Word
from ocrcore.domain.options import JobOptions
from ocrcore.plugins import ForeignEngine, GreyPage

#: Letter -> which of its five bars and four spaces, in turn, are wide.
CODES = {
    "0": "000110100", "1": "100100001", "2": "001100001", "3": "101100000", "4": "000110001",
    "5": "100110000", "6": "001110000", "7": "000100101", "8": "100100100", "9": "001100100",
    "A": "100001001", "B": "001001001", "C": "101001000", "D": "000011001", "E": "100011000",
    "F": "001011000", "G": "000001101", "H": "100001100", "I": "001001100", "J": "000011100",
    "K": "100000011", "L": "001000011", "M": "101000010", "N": "000010011", "O": "100010010",
    "P": "001010010", "Q": "000000111", "R": "100000110", "S": "001000110", "T": "000010110",
    "U": "110000001", "V": "011000001", "W": "111000000", "X": "010010001", "Y": "110010000",
    "Z": "011010000", "-": "010000101", ".": "110000100", "*": "010010100",
}  # fmt: skip
_LETTERS = {code: letter for letter, code in CODES.items()}
_ELEMENTS = 9
#: Rows between two looks, and looks that must agree.
_STEP, _LEAST = 4, 3
#: Lighter pixels are ground.
_INK = 128


class Code39(ForeignEngine):
    """Looks at every fourth row; rows that agree are one barcode."""

    #: A barcode has no language, so any will do that jobs name.
    languages = ("eng", "por")

    def read(self, page: GreyPage, options: JobOptions) -> Sequence[Line]:  # noqa: ARG002 - no option concerns it
        """Return a line for each barcode, from the top."""
        looks = [(y, *found) for y in range(0, page.height, _STEP) if (found := _barcode(page, y)) is not None]
        lines = []
        for (text, left, right), rows in groupby(looks, key=lambda look: look[1:]):
            ys = [row[0] for row in rows]
            if len(ys) >= _LEAST:
                box = (left, ys[0], right, min(ys[-1] + 1, page.height))
                lines.append(Line(box, (Word(text, box, 100.0),)))
        return lines


def _barcode(page: GreyPage, y: int) -> tuple[str, int, int] | None:
    """Return the text of the barcode in a row, and where it begins and ends; None if there is none."""
    row = page.pixels[y * page.width : (y + 1) * page.width]
    runs = [(dark, len(list(group))) for dark, group in groupby(row, key=lambda grey: grey < _INK)]
    start = 0 if runs[0][0] else runs[0][1]
    bars = [length for _, length in (runs if runs[0][0] else runs[1:])]
    if bars and not runs[-1][0]:
        bars.pop()  # the ground behind the last bar
    letters = "".join(_letters(bars))
    if len(letters) < len("***") or letters[0] != "*" or letters[-1] != "*" or "?" in letters:
        return None
    return letters[1:-1], start, start + sum(bars)


def _letters(bars: Sequence[int]) -> Iterator[str]:
    """Yield a letter for each nine elements; the tenth is the gap to the next letter."""
    for place in range(0, len(bars), _ELEMENTS + 1):
        elements = bars[place : place + _ELEMENTS]
        middle = (min(elements) + max(elements)) / 2
        yield _LETTERS.get("".join("1" if length > middle else "0" for length in elements), "?")
