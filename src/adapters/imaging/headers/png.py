"""PNG: chunks, each with its length, kind, content and checksum (ISO/IEC 15948)."""

import struct
import zlib
from collections.abc import Iterator
from typing import Final

from adapters.imaging.headers.bounded import BoundedReader, HeaderCut, not_read
from adapters.imaging.headers.header import PictureHeader, require

SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"

#: Colour type -> the depths that it may have.
_DEPTHS: Final = {0: {1, 2, 4, 8, 16}, 2: {8, 16}, 3: {1, 2, 4, 8}, 4: {8, 16}, 6: {8, 16}}
#: The chunks that a decoder needs: header, palette, transparency, pixels.
_NEEDED: Final = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT"})
#: Most bytes of a palette or of the transparency of a palette; those of other colour types are shorter.
_LONGEST_PALETTE: Final = 3 * 256
#: Colour type -> the samples of a pixel.
_SAMPLES: Final = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
#: The first column and row of each pass of an interlaced picture, and the steps across and down.
_PASSES: Final = (
    (0, 0, 8, 8),
    (4, 0, 8, 8),
    (0, 4, 4, 8),
    (2, 0, 4, 4),
    (0, 2, 2, 4),
    (1, 0, 2, 2),
    (0, 1, 1, 2),
)
#: Bytes that are inflated at once.
_PIECE: Final = 1 << 20
_END: Final = b"\0\0\0\0IEND\xaeB`\x82"
#: Length and kind before the content of a chunk; and the checksum behind it.
_HEAD, _CHECKSUM = 8, 4


def read_header(reader: BoundedReader) -> PictureHeader:
    """Return the header. Raises ``HeaderCut``, ``HeaderDamaged`` or ``NotRead``."""
    offset = len(SIGNATURE)
    length, kind = _chunk(reader, offset)
    require(kind == b"IHDR" and length == 13)  # noqa: PLR2004 - its length by the standard
    content = reader.at(offset + _HEAD, length)
    (checksum,) = reader.numbers(offset + _HEAD + length, ">I")
    require(checksum == zlib.crc32(kind + content))
    width, height, depth, colour, compression, filters, interlace = struct.unpack(">IIBBBBB", content)
    require(depth in _DEPTHS.get(colour, ()) and (compression, filters) == (0, 0) and interlace in {0, 1})
    if _is_animated(reader):
        not_read("an animated PNG")
    return PictureHeader("png", width, height)


def _is_animated(reader: BoundedReader) -> bool:
    """Return whether a chunk before the pixels announces several frames (APNG)."""
    offset = len(SIGNATURE)
    while True:
        length, kind = _chunk(reader, offset)
        if kind == b"IDAT":
            return False
        require(kind != b"IEND")
        if kind == b"acTL":
            (frames,) = reader.numbers(offset + _HEAD, ">I")
            return frames > 1
        offset += _HEAD + length + _CHECKSUM


def _chunk(reader: BoundedReader, offset: int) -> tuple[int, bytes]:
    length, kind = struct.unpack(">I4s", reader.at(offset, _HEAD))
    return length, kind


def essence(source: bytes) -> bytes:
    """Return the file with the chunks that a decoder needs, and with an end unless a chunk is cut.

    Comments, profiles and other ancillary chunks are left out: their checksums may be wrong, and their contents large.
    """
    view, parts, behind = memoryview(source), [memoryview(SIGNATURE)], len(SIGNATURE)
    for kind, start, end in _chunks(source):
        behind = end
        if _is_needed(kind, end - start):
            parts.append(view[start:end])
    return b"".join([*parts, _END] if behind <= len(source) else parts)


def exif_of(source: bytes) -> bytes | None:
    """Return the Exif data, or None."""
    for kind, start, end in _chunks(source):
        if kind == b"eXIf":
            return source[start + _HEAD : end - _CHECKSUM]
    return None


def _is_needed(kind: bytes, size: int) -> bool:
    return kind in _NEEDED and (kind == b"IDAT" or size <= _LONGEST_PALETTE + _HEAD + _CHECKSUM)


def _chunks(source: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Yield the kind, the start and the end of each chunk until the file ends; the last may be cut."""
    offset = len(SIGNATURE)
    while offset + _HEAD <= len(source):
        length, kind = struct.unpack_from(">I4s", source, offset)
        if kind == b"IEND":
            return
        end = offset + _HEAD + length + _CHECKSUM
        yield kind, offset, end
        offset = end


def refuse_short(source: bytes) -> None:
    """Raise ``HeaderCut`` if the compressed pixels are whole, but fewer than the header announces."""
    width, height, depth, colour, *_, interlace = struct.unpack_from(">IIBBBBB", source, len(SIGNATURE) + _HEAD)
    sizes = _PASSES if interlace else ((0, 0, 1, 1),)
    needed = 0
    for x, y, across, down in sizes:
        columns, rows = -(-(width - x) // across), -(-(height - y) // down)
        if columns > 0 and rows > 0:
            needed += rows * (1 + (columns * depth * _SAMPLES[colour] + 7) // 8)
    inflater, found = zlib.decompressobj(), 0
    for kind, start, end in _chunks(source):
        rest = source[start + _HEAD : end - _CHECKSUM] if kind == b"IDAT" else b""
        while rest and found < needed:
            found += len(inflater.decompress(rest, _PIECE))
            rest = inflater.unconsumed_tail
    found += len(inflater.flush()) if found < needed else 0
    if found < needed:
        raise HeaderCut
