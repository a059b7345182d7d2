"""JPEG: segments that begin with a marker, and entropy-coded data between them (ITU-T T.81, annex B).

A marker is 0xFF and a code. Most markers begin a segment with its length in two bytes. After the header of a scan
follows entropy-coded data, in which a byte 0xFF is always followed by 0x00 or by a restart marker, so the next other
marker ends it.
"""

import re
import struct
from collections.abc import Iterator
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
_LOSSLESS: Final = frozenset({0xC3, 0xC7, 0xCB, 0xCF})
#: The first of the frames that are coded arithmetically.
_ARITHMETIC: Final = 0xC9
_HIERARCHICAL: Final = frozenset({0xC5, 0xC6, 0xC7, 0xCD, 0xCE, 0xCF})
#: Markers without a segment: temporary use, restarts, start.
_BARE: Final = frozenset({0x01, *range(0xD0, 0xD9)})
#: The segments that a decoder needs: frames, Huffman and arithmetic tables, quantisation, restart interval, number of
#: lines, Adobe's colour transform, scans.
_NEEDED: Final = _FRAMES | {0xC4, 0xCC, 0xDB, 0xDD, 0xDC, 0xEE, _SCAN}
_INTERVAL, _JPEG_LS = 0xDD, 0xF7
_JFIF, _EXIF = 0xE0, 0xE1
_EXIF_HEAD: Final = b"Exif\0\0"
_COMPONENTS: Final = frozenset({1, 3, 4})
_BITS: Final = 8
#: Bytes of garbage between segments in which the next marker is sought.
_GARBAGE: Final = 4096
_NEXT: Final = re.compile(rb"\xff([\x01-\xfe])")
_AFTER_SCAN: Final = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")
_LAST_COEFFICIENT: Final = 63
#: The pixels on each side of a block.
_SIDE: Final = 8
_RESTART: Final = re.compile(rb"\xff[\xd0-\xd7]")


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
        if marker == _JPEG_LS:
            not_read("a JPEG-LS")
        (length,) = reader.numbers(offset, ">H")
        require(length >= 2)  # noqa: PLR2004 - it counts itself
        if marker in _FRAMES:
            bits, height, width, components = reader.numbers(offset + 2, ">BHHB")
            if marker in _HIERARCHICAL:
                not_read("a hierarchical JPEG")
            if bits != _BITS:
                not_read(f"a JPEG of {bits} bits per sample")
            if height == 0:
                not_read("a JPEG whose height is not in its header (DNL)")
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
    """The parts of a file that its pixels need, without the end marker."""

    content: bytes
    #: The Exif data, or None.
    exif: bytes | None
    #: Whether the end marker is there. Without it, the entropy-coded data may be cut.
    ended: bool
    #: Whether there are as many scans and restarts as the picture needs.
    complete: bool
    progressive: bool
    lossless: bool
    arithmetic: bool
    #: Where the end marker ends, or else the file.
    end: int


def essence(source: bytes) -> Essence:
    """Return the segments and the data that a decoder needs. Raises ``HeaderDamaged`` for too many scans."""
    parts: list[bytes | memoryview] = [source[:2]]
    view, exif, scans, ended, frame = memoryview(source), None, _Scans(), False, 0
    end = 0
    for marker, start, end in _segments(source):
        if marker == _FINISH:
            ended = True
            break
        body = source[start + 4 : end]
        if marker == _EXIF and exif is None and body.startswith(_EXIF_HEAD):
            exif = body.removeprefix(_EXIF_HEAD)
        if marker in _FRAMES:
            frame = marker
            scans.begin(body, marker)
        if marker == _INTERVAL:
            scans.interval = int.from_bytes(body[:2], "big")
        if marker == _SCAN:
            scans.add(body)
        if marker in _NEEDED or (marker == _JFIF and body.startswith(b"JFIF\0")):
            parts.append(view[start:end])
    content = b"".join(parts)
    return Essence(
        content=content if ended else content.rstrip(b"\xff"),  # fill bytes; data of a scan ends in none
        exif=exif,
        ended=ended,
        complete=scans.complete,
        progressive=frame in _PROGRESSIVE,
        lossless=frame in _LOSSLESS,
        arithmetic=frame >= _ARITHMETIC,
        end=end if ended else len(source),
    )


class _Scans:
    """What the scans of a picture add up to."""

    def __init__(self) -> None:
        #: Blocks between two restarts, or 0.
        self.interval = 0
        self._width = self._height = 0
        #: Identifier of a component -> how often it is sampled across and down.
        self._sampling: dict[int, tuple[int, int]] = {}
        self._number = 0
        self._lacks_restarts = self._is_lossless = False
        #: Component and coefficient that are complete, of a progressive picture.
        self._last_bits: set[tuple[int, int]] | None = None

    def begin(self, frame: bytes, marker: int) -> None:
        """Take the segment of a frame."""
        if len(frame) >= 6:  # noqa: PLR2004 - up to the components
            _, self._height, self._width, _ = struct.unpack(">BHHB", frame[:6])
        self._sampling = {name: (both >> 4, both & 15) for name, both in zip(frame[6::3], frame[7::3], strict=False)}
        self._is_lossless = marker in _LOSSLESS
        self._last_bits = set() if marker in _PROGRESSIVE else None

    def add(self, scan: bytes) -> None:
        """Take the segment of a scan and its data. Raises ``HeaderDamaged`` if there are too many."""
        self._number += 1
        require(self._number <= MOST_SCANS)
        number = scan[0] if scan else 0
        if self.interval and not self._is_lossless:
            found = sum(1 for _ in _RESTART.finditer(scan, 4 + 2 * number))
            self._lacks_restarts |= found < -(-self._blocks(scan[1 : 1 + 2 * number : 2]) // self.interval) - 1
        selection = scan[1 + 2 * number : 4 + 2 * number]
        if self._last_bits is not None and len(selection) == 3 and selection[2] & 15 == 0:  # noqa: PLR2004
            first, last = selection[0], min(selection[1], _LAST_COEFFICIENT)
            self._last_bits |= {
                (component, at) for component in scan[1 : 1 + 2 * number : 2] for at in range(first, last + 1)
            }

    def _blocks(self, components: bytes) -> int:
        """Return the blocks of a scan of these components: several form one together (A.2 of the standard)."""
        across = max((each[0] for each in self._sampling.values()), default=0)
        down = max((each[1] for each in self._sampling.values()), default=0)
        if not across or not down:
            return 0
        if len(components) == 1:
            h, v = self._sampling.get(components[0], (0, 0))
            return -(-self._width * h // (across * _SIDE)) * -(-self._height * v // (down * _SIDE))
        return -(-self._width // (across * _SIDE)) * -(-self._height // (down * _SIDE))

    @property
    def complete(self) -> bool:
        """Whether every restart is there, and every coefficient has its last bit."""
        if self._lacks_restarts:
            return False
        return self._last_bits is None or len(self._last_bits) >= len(self._sampling) * (_LAST_COEFFICIENT + 1)


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
