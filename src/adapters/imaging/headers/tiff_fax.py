"""Fax pictures in a TIFF (CCITT G3, G4 and RLE), whose decoder fills in silence what their data lack.

It leaves the rest of a strip white where the data end early or are zeros, and goes on with the next row behind a code
word that it does not know. So a page is decoded again with other data at the end of each strip. Where no row is
missing, it does not matter what stands behind the data. Where every code was taken for what it is, the last ones are
those of the last rows.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import cycle, islice
from typing import Final

#: The codings: by rows, and of groups 3 and 4.
BY_ROWS, GROUP_3, GROUP_4 = 2, 3, 4
FAXES: Final = frozenset({BY_ROWS, GROUP_3, GROUP_4})
#: Each byte with its bits in reverse.
TURNED: Final = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))

#: The codes of one pixel, of no white ones, and of two runs in a row of group 4.
_WHITE, _BLACK, _NO_WHITE, _RUNS = "000111", "010", "00110101", "001"
_END_OF_ROW: Final = "000000000001"
#: The bit behind it where a row may be coded by the one above: this one is not.
_ALONE: Final = "1"
#: Bits of the mark at the end of the data: two ends of a row.
_MARK_BITS: Final = 2 * len(_END_OF_ROW)
#: Rows behind the data of a strip.
_MORE_ROWS: Final = 8
#: The part of the data at the end that must matter, and the least bytes of it.
_TAIL, _LEAST_TAIL = 0.05, 8
#: The share of the rows that may be missing: some programs announce a few more than they write.
_FEW: Final = 0.005


class Ending(Enum):
    """What stands at the end of each strip."""

    #: What the file has there.
    SAME = 0
    #: More rows behind its data.
    LONGER = 1
    #: Other rows in place of its last ones; and rows of which each pixel differs from these.
    OTHER = 2
    OPPOSITE = 3


@dataclass(frozen=True, slots=True)
class Fax:
    """How the strips of a fax are coded."""

    compression: int
    width: int
    height: int
    #: Of a strip.
    rows: int
    #: Whether rows of group 3 may be coded by the one above.
    has_two_dimensions: bool
    #: Whether a byte begins with its lowest bit.
    is_turned: bool
    #: Returns the file with another ending of each strip.
    file: Callable[[Ending], bytes]

    @property
    def tells_damage(self) -> bool:
        """Whether a damaged code word shifts all codes behind it. Group 3 has marks between its rows."""
        return self.compression != GROUP_3

    @property
    def strips(self) -> Sequence[tuple[int, int]]:
        """The first row of each strip, and that behind its last one."""
        return [(top, min(top + self.rows, self.height)) for top in range(0, self.height, self.rows)]

    def ended(self, strips: Sequence[bytes], ending: Ending) -> Sequence[bytes]:
        """Return the strips with another ending."""
        if ending is Ending.SAME:
            return [*strips]
        more = self._more(_NO_WHITE if ending is Ending.OPPOSITE else "")
        packed = _packed(more)
        needed, found = len(self.strips), list[bytes]()
        for strip in islice(strips, needed):
            data, bits = self._data(strip.translate(TURNED) if self.is_turned else strip)
            if ending is not Ending.LONGER:
                data, bits = data[: -max(_LEAST_TAIL, int(_TAIL * len(data)))], ""
            changed = data + (_packed(bits + more) if bits else packed)
            found.append(changed.translate(TURNED) if self.is_turned else changed)
        return [*found, *strips[needed:]]

    def lacks_rows(self, changes: Sequence[int | None]) -> bool:
        """Return whether rows are missing, by the first row of each strip that changes with more rows behind it."""
        ends = (end for _, end in self.strips)
        missing = sum(end - row for end, row in zip(ends, changes, strict=True) if row is not None)
        return missing > max(1, _FEW * self.height)

    def is_damaged(self, changes: Sequence[int | None]) -> bool:
        """Return whether a strip does not change with other rows in place of its last ones.

        The last of several may be filled up with rows that the picture does not have.
        """
        whole = min(self.rows, self.height)
        parts = zip(self.strips, changes, strict=True)
        return any(row is None for (top, end), row in parts if end - top == whole)

    def _data(self, strip: bytes) -> tuple[bytes, str]:
        """Return the data of a strip without its end mark, or without zeros at its end: bytes, and bits behind them."""
        found = None if self.compression == BY_ROWS else _MARK.search(strip)
        if found is None:
            return strip.rstrip(b"\0"), ""
        shift = (found.lastindex or 1) - 1
        at = found.end() - (_MARK_BITS + shift + 7) // 8
        return strip[:at], f"{strip[at]:08b}"[:shift]

    def _more(self, first: str) -> str:
        """Return the bits of some rows whose pixels are white and black in turn, from a row's first code on."""
        number = min(_MORE_ROWS, self.rows)
        runs = [
            *([first] if first else []),
            *islice(cycle([_BLACK, _WHITE] if first else [_WHITE, _BLACK]), self.width),
        ]
        if self.compression == GROUP_4:
            runs += [_WHITE if runs[-1] == _BLACK else _BLACK] * (len(runs) % 2)
            return "".join(_RUNS + "".join(runs[at : at + 2]) for at in range(0, len(runs), 2)) * number
        row = "".join(runs)
        if self.compression == BY_ROWS:
            return (row + "0" * (-len(row) % 8)) * number
        return (_END_OF_ROW + _ALONE * self.has_two_dimensions + row) * number


def _packed(bits: str) -> bytes:
    size = -(-len(bits) // 8)
    return int(bits.ljust(8 * size, "0"), 2).to_bytes(size, "big")


def _mark() -> re.Pattern[bytes]:
    """Return what finds two ends of a row, which end the data. The number of its group is 1 + that of bits before.

    Each way has one byte of zeros, which is sought first; what is before it is looked at then.
    """
    mark = 2 * _END_OF_ROW
    ways = []
    for shift in range(8):
        bits = "." * shift + mark + "." * (-(shift + len(mark)) % 8)
        parts = [_bytes_like(bits[at : at + 8]) for at in range(0, len(bits), 8)]
        zeros = parts.index(_bytes_like("0" * 8)) + 1
        ways.append(f"((?<={''.join(parts[:zeros])}){''.join(parts[zeros:])})")
    return re.compile(f"\\x00(?=[^\\x00])(?:{'|'.join(ways)})".encode("latin-1"), re.DOTALL)


def _bytes_like(bits: str) -> str:
    """Return what finds a byte of these bits, of which some may be any."""
    like = [byte for byte in range(256) if re.fullmatch(bits, f"{byte:08b}")]
    return "[" + "".join(f"\\x{byte:02x}" for byte in like) + "]"


_MARK: Final = _mark()
