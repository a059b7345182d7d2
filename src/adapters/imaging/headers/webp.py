"""WebP: chunks in a RIFF container."""

import struct
from collections.abc import Iterator
from math import inf
from typing import Final

from adapters.imaging.headers.bounded import BoundedReader, HeaderCut, PageMissing
from adapters.imaging.headers.header import PictureHeader, require

SIGNATURE: Final = b"RIFF"
BRAND: Final = b"WEBP"

_FIRST: Final = 12
_HEAD: Final = 8
_ANIMATED: Final = 0x02
#: Where the canvas of an animation has its width and height, as each of its frames has its own.
_CANVAS: Final = slice(24, 30)
#: Where a frame has its flags, and that of one that takes the place of what is below, also where it is transparent.
_FLAGS, _NOT_BLENDED = 15, 0x02


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


def essence(source: bytes, number: int) -> tuple[bytes, int]:
    """Return the file with the frames of which that one may show parts, counted from 1, and its place, from 0.

    A frame that covers the canvas hides all before it. Raises ``PageMissing``.
    """
    if number == 1:
        return source, 0
    left, first, parts = number, 0, list[bytes]()
    for kind, offset, end in _chunks(source):
        if kind != b"ANMF":
            continue
        first = first or offset
        if _covers(source[offset + _HEAD : end], source[_CANVAS]):
            parts.clear()
        parts.append(source[offset : end + end % 2])
        left -= 1
        if not left:
            frames = b"".join([source[_HEAD:first], *parts])
            return struct.pack("<4sI", SIGNATURE, len(frames)) + frames, len(parts) - 1
    raise PageMissing


def _chunks(source: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Yield the kind of each chunk, its offset, and that of its end, which may be behind that of the file."""
    offset = _FIRST
    while offset + _HEAD <= len(source):
        kind, length = struct.unpack_from("<4sI", source, offset)
        end = offset + _HEAD + length
        yield kind, offset, end
        offset = end + length % 2


def _covers(frame: bytes, canvas: bytes) -> bool:
    """Return whether a frame covers the canvas, and is not seen through."""
    if frame[:12] != bytes(6) + canvas or len(frame) <= _FLAGS:
        return False
    return bool(frame[_FLAGS] & _NOT_BLENDED) or frame[_FLAGS + 1 :].startswith(b"VP8 ")  # no part for transparency


def _chunk(reader: BoundedReader, offset: int) -> tuple[bytes, int]:
    kind, length = struct.unpack("<4sI", reader.at(offset, _HEAD))
    return kind, length


def _number(digits: bytes) -> int:
    return int.from_bytes(digits, "little")


def exif_of(source: bytes) -> bytes | None:
    """Return the Exif data, or None."""
    return next((source[offset + _HEAD : end] for kind, offset, end in _chunks(source) if kind == b"EXIF"), None)
