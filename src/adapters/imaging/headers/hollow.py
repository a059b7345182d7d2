"""Files that end in zeros, as those of a download do that was broken off after making room.

Pixels that are not compressed may be zeros themselves, as those of a black border are. But a border begins with a row,
or as far to the right in the row above, while a download breaks off anywhere. So a page is cut where the zeros begin
within a row, below pixels that are bright. Where a byte has several pixels, a border is of zeros alone more often, and
one that is askew by less than a pixel begins within a row. So there the rest of the row must be bright, too, and the
zeros taller than a border. Pictures whose zeros are bright, or on a dark ground, may be cut unnoticed.
"""

from collections.abc import Sequence
from typing import Final

from adapters.imaging.headers.bounded import HeaderCut

#: The share of a file that may be zeros at its end.
_MOST_ZEROS: Final = 0.05
_FEW_ZEROS: Final = 64
#: The least mean of the bytes of bright pixels, and the bytes of a row from which on it is told.
_BRIGHT, _LEAST_BYTES = 128, 16
#: The least mean of bright bytes of several pixels.
_BRIGHT_PIXELS: Final = 192
#: The share of the rows that a border may have, where a byte has several pixels.
_BORDER: Final = 0.1


def refuse_hollow(source: bytes) -> None:
    """Raise ``HeaderCut`` for such a file. Pictures without a checksum decode zeros as any other data."""
    if len(source) - len(source.rstrip(b"\0")) > max(_FEW_ZEROS, _MOST_ZEROS * len(source)):
        raise HeaderCut


def refuse_hollow_end(source: bytes, end: bytes) -> None:
    """Raise ``HeaderCut`` for a file with many zeros at its end, and not behind the end mark of its data."""
    kept = source.rstrip(b"\0")
    if len(source) - len(kept) > _FEW_ZEROS and not kept.endswith(end):
        raise HeaderCut


def refuse_hollow_rows(
    rows: Sequence[bytes | memoryview], size: int, levels: bytes | None = None, *, several: bool = False
) -> None:
    """Raise ``HeaderCut`` for pixels that are cut. They are uncompressed, and 0 is black.

    ``rows`` are the pieces in which they are stored, ``size`` is the bytes of a row, and ``levels`` the brightness of
    each byte, if it is not the byte itself. ``several``: a byte has several pixels.
    """
    if not rows or any(rows[-1][-_FEW_ZEROS:]):
        return
    data = b"".join(rows)
    start, column = divmod(len(data.rstrip(b"\0")), size)
    if start == 0 or column == 0 or size - column < _LEAST_BYTES or len(data) < (start + 2) * size:
        return
    bright = [data[(start - 1) * size + column : start * size]]
    if several:
        if len(data) - start * size < _BORDER * len(data):
            return
        bright.append(data[start * size : start * size + column])
    least = _BRIGHT_PIXELS if several else _BRIGHT
    if all(sum(part if levels is None else part.translate(levels)) >= least * len(part) for part in bright):
        raise HeaderCut


def levels_of_bytes(levels: Sequence[int], bits: int) -> bytes:
    """Return the mean brightness of the pixels in each byte, by the brightness of a pixel of so many bits."""
    shifts, mask = range(0, 8, bits), (1 << bits) - 1
    return bytes(sum(levels[byte >> shift & mask] for shift in shifts) // len(shifts) for byte in range(256))
