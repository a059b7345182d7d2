"""JBIG2 pictures in a PDF, whose data may end within a segment (ITU-T T.88, section 7.2).

PDFium decodes what there is, goes on with bits of its own, and does not tell.
"""

import struct
from typing import Final

#: The filter.
JBIG2: Final = "JBIG2Decode"
#: The bit of a segment's flags that says that the number of its page has four bytes.
_LONG_PAGE: Final = 0x40
#: The number of segments referred to that stands for one in four bytes, and the bits of that.
_MANY, _COUNT_BITS = 7, 0x1FFFFFFF
#: The length of a segment that is told by its end.
_UNKNOWN: Final = 0xFFFFFFFF


def ends_early(data: bytes) -> bool:
    """Return whether the data end within a segment. In doubt, as behind a segment of unknown length, they do not."""
    at = 0
    try:
        while at < len(data):
            at = _end_of_segment(data, at)
    except struct.error:  # within the head of a segment
        return any(data[at:].strip(b"\0\r\n"))  # else it is the end of a line, or padding
    return at > len(data)


def _end_of_segment(data: bytes, at: int) -> int:
    """Return where a segment ends, by its head. Raises ``struct.error`` for a head that is cut."""
    number, flags, count = struct.unpack_from(">IBB", data, at)
    if count >> 5 == _MANY:
        count = struct.unpack_from(">I", data, at + 5)[0] & _COUNT_BITS
        at += 9 + (count + 8) // 8
    else:
        count >>= 5
        at += 6
    at += count * (1 if number <= 256 else 2 if number <= 65_536 else 4) + (4 if flags & _LONG_PAGE else 1)  # noqa: PLR2004
    (length,) = struct.unpack_from(">I", data, at)
    return len(data) if length == _UNKNOWN else at + 4 + length
