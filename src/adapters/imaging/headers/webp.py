"""WebP: chunks in a RIFF container."""

import struct
from math import inf
from typing import Final

from adapters.imaging.headers.bounded import BoundedReader, HeaderCut
from adapters.imaging.headers.header import PictureHeader, require

SIGNATURE: Final = b"RIFF"
BRAND: Final = b"WEBP"

_FIRST: Final = 12
_HEAD: Final = 8
_ANIMATED: Final = 0x02


def read_header(reader: BoundedReader) -> PictureHeader:
    """Return the header. Raises ``HeaderCut`` or ``HeaderDamaged``."""
    (size,) = reader.numbers(4, "<I")
    if size + _HEAD > reader.size:
        raise HeaderCut
    kind, _ = _chunk(reader, _FIRST)
    content = _FIRST + _HEAD
    if kind == b"VP8X":
        flags, sides = reader.at(content, 1)[0], reader.at(content + 4, 6)
        several = bool(flags & _ANIMATED) and frames(reader, 2) > 1
        return PictureHeader("webp", _number(sides[:3]) + 1, _number(sides[3:]) + 1, several=several)
    if kind == b"VP8L":
        head = reader.at(content, 5)
        require(head[0] == 0x2F)  # noqa: PLR2004 - the format's signature
        bits = _number(head[1:])
        return PictureHeader("webp", (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    require(kind == b"VP8 ")
    head = reader.at(content, 10)
    require(head[3:6] == b"\x9d\x01\x2a")
    return PictureHeader("webp", _number(head[6:8]) & 0x3FFF, _number(head[8:10]) & 0x3FFF)


def frames(reader: BoundedReader, most: float = inf) -> int:
    """Return the number of frames, at most that many."""
    offset, number = _FIRST, 0
    try:
        while number < most:
            kind, length = _chunk(reader, offset)
            number += kind == b"ANMF"
            offset += _HEAD + length + length % 2
    except HeaderCut:
        pass
    return number


def _chunk(reader: BoundedReader, offset: int) -> tuple[bytes, int]:
    kind, length = struct.unpack("<4sI", reader.at(offset, _HEAD))
    return kind, length


def _number(digits: bytes) -> int:
    return int.from_bytes(digits, "little")


def exif_of(source: bytes) -> bytes | None:
    """Return the Exif data, or None."""
    offset = _FIRST
    while offset + _HEAD <= len(source):
        kind, length = struct.unpack_from("<4sI", source, offset)
        content = offset + _HEAD
        if kind == b"EXIF":
            return source[content : content + length]
        offset = content + length + length % 2
    return None
