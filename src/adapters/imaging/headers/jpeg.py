"""JPEG: segments that begin with a marker, and entropy-coded data between them (ITU-T T.81, annex B).

A marker is 0xFF and a code. Most markers begin a segment with its length in two bytes. After the header of a scan
follows entropy-coded data, in which a byte 0xFF is always followed by 0x00 or by a restart marker, so the next other
marker ends it.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final

from adapters.imaging.headers.bounded import BoundedReader, HeaderCut, HeaderDamaged, not_read
from adapters.imaging.headers.header import PictureHeader, require

SIGNATURE: Final = b"\xff\xd8\xff"
END: Final = b"\xff\xd9"
#: Most scans of a progressive picture, each of which decodes all pixels. Encoders write ten or so.
MOST_SCANS: Final = 100

_START, _SCAN, _FINISH = 0xD8, 0xDA, 0xD9
#: Starts of frame, in all their kinds. 0xC4, 0xC8 and 0xCC mean other things.
_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_PROGRESSIVE: Final = frozenset({0xC2, 0xC6, 0xCA, 0xCE})
_HIERARCHICAL: Final = frozenset({0xC5, 0xC6, 0xC7, 0xCD, 0xCE, 0xCF})
#: Markers without a segment: temporary use, restarts, start.
_BARE: Final = frozenset({0x01, *range(0xD0, 0xD9)})
#: The segments that a decoder needs: frames, Huffman and arithmetic tables, quantisation, restart interval, number of
#: lines, Adobe's colour transform, scans.
_NEEDED: Final = _FRAMES | {0xC4, 0xCC, 0xDB, 0xDD, 0xDC, 0xEE, _SCAN}
_JFIF, _EXIF = 0xE0, 0xE1
_EXIF_HEAD: Final = b"Exif\0\0"
_COMPONENTS: Final = frozenset({1, 3, 4})
_BITS: Final = 8
#: Bytes of garbage between segments in which the next marker is sought.
_GARBAGE: Final = 4096
_NEXT: Final = re.compile(rb"\xff([\x01-\xfe])")
_AFTER_SCAN: Final = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")
_LAST_COEFFICIENT: Final = 63


def read_header(reader: BoundedReader) -> PictureHeader:
    """Return the header. Raises ``HeaderCut``, ``HeaderDamaged`` or ``NotRead``.

    Pictures behind the first, as phones write them (MPO), do not count.
    """
    offset = 2
    while True:
        offset, marker = _marker(reader, offset)
        require(marker not in {_SCAN, _FINISH})
        if marker in _BARE:
            continue
        (length,) = reader.numbers(offset, ">H")
        require(length >= 2)  # noqa: PLR2004 - it counts itself
        if marker in _FRAMES:
            bits, height, width, components = reader.numbers(offset + 2, ">BHHB")
            if marker in _HIERARCHICAL:
                not_read("a hierarchical JPEG")
            if bits != _BITS:
                not_read(f"a JPEG of {bits} bits per sample")
            if components not in _COMPONENTS:
                not_read(f"a JPEG of {components} components")
            return PictureHeader("jpg", width, height)
        offset += length


def _marker(reader: BoundedReader, offset: int) -> tuple[int, int]:
    """Return the offset behind the next marker, and its code. Skips fill bytes, and a little garbage."""
    piece = reader.up_to(offset, 2)
    if len(piece) == 2 and piece[0] == 0xFF and piece[1] not in {0x00, 0xFF}:  # noqa: PLR2004
        return offset + 2, piece[1]
    piece = reader.up_to(offset, _GARBAGE)
    found = _NEXT.search(piece)
    if found is None:
        raise HeaderCut if len(piece) < _GARBAGE else HeaderDamaged
    return offset + found.end(), found[1][0]


@dataclass(frozen=True, slots=True)
class Essence:
    """The parts of a file that its pixels need."""

    content: bytes
    #: The Exif data, or None.
    exif: bytes | None
    #: Whether the end marker is there. Without it, the entropy-coded data may be cut.
    ended: bool
    #: Whether the scans that are there, if whole, complete the picture. Only a progressive one may lack some.
    refined: bool


def essence(source: bytes) -> Essence:
    """Return the segments and the data that a decoder needs. Raises ``HeaderDamaged`` for too many scans."""
    parts: list[bytes | memoryview] = [source[:2]]
    view, exif, scans, ended = memoryview(source), None, _Scans(), False
    for marker, start, end in _segments(source):
        if marker == _FINISH:
            ended = True
            break
        body = source[start + 4 : end]
        if marker == _EXIF and exif is None and body.startswith(_EXIF_HEAD):
            exif = body.removeprefix(_EXIF_HEAD)
        if marker in _FRAMES:
            scans.begin(body, progressive=marker in _PROGRESSIVE)
        if marker == _SCAN:
            scans.add(body)
        if marker in _NEEDED or (marker == _JFIF and body.startswith(b"JFIF\0")):
            parts.append(view[start:end])
    return Essence(b"".join([*parts, END] if ended else parts), exif, ended, scans.complete)


class _Scans:
    """What the scans of a picture add up to."""

    def __init__(self) -> None:
        self._components: Collection[int] = ()
        self._number = 0
        #: Component and coefficient that are complete, of a progressive picture.
        self._last_bits: set[tuple[int, int]] | None = None

    def begin(self, frame: bytes, *, progressive: bool) -> None:
        """Take the segment of a frame."""
        self._components = frame[6::3]
        self._last_bits = set() if progressive else None

    def add(self, scan: bytes) -> None:
        """Take the segment of a scan and its data. Raises ``HeaderDamaged`` if there are too many."""
        self._number += 1
        require(self._number <= MOST_SCANS)
        number = scan[0] if scan else 0
        selection = scan[1 + 2 * number : 4 + 2 * number]
        if self._last_bits is not None and len(selection) == 3 and selection[2] & 15 == 0:  # noqa: PLR2004
            first, last = selection[0], min(selection[1], _LAST_COEFFICIENT)
            self._last_bits |= {
                (component, at) for component in scan[1 : 1 + 2 * number : 2] for at in range(first, last + 1)
            }

    @property
    def complete(self) -> bool:
        """Whether every coefficient has its last bit."""
        if self._last_bits is None:
            return True
        return len(self._last_bits) >= len(set(self._components)) * (_LAST_COEFFICIENT + 1)


def _segments(source: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield the marker, the start and the end of each segment; that of a scan includes its entropy-coded data."""
    offset = 2
    while (found := _NEXT.search(source, offset)) is not None:
        marker, start = found[1][0], found.end() - 2
        offset = found.end()
        if marker in _BARE:
            continue
        if marker == _FINISH:
            yield marker, start, offset
            return
        length = int.from_bytes(source[offset : offset + 2], "big")
        if length < 2:  # noqa: PLR2004 - it counts itself
            continue
        offset = min(offset + length, len(source))
        if marker == _SCAN:
            after = _AFTER_SCAN.search(source, offset)
            offset = after.start() if after is not None else len(source)
        yield marker, start, offset
