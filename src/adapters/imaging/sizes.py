"""Picture sizes from headers, without Pillow: before it may open a file, or after it failed to."""

import os
import struct
from typing import BinaryIO, Final

#: Bytes of a file that contain its size, in formats with the size at a fixed offset.
HEAD: Final = 32

_OLD_BMP_HEADER: Final = 12
#: Most segments, blocks or entries to read. An honest file has its size long before.
_STEPS: Final = 1000
#: Markers of a start of frame, in all its kinds. 0xC4, 0xC8 and 0xCC mean other things.
_JPEG_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_TIFF_ORDERS: Final = {b"II*\0": "<", b"MM\0*": ">"}
_TIFF_WIDTH, _TIFF_HEIGHT, _TIFF_SHORT = 256, 257, 3
_GIF_FRAME, _GIF_EXTENSION, _GIF_COLOURS = 0x2C, 0x21, 0x80

_Size = tuple[int, int]


def parsed_size(content: BinaryIO) -> _Size | None:
    """Return the size in the header of a JPEG, TIFF or GIF, at any offset, or None."""
    content.seek(0)
    head = content.read(HEAD)
    try:
        if head.startswith(b"\xff\xd8\xff"):
            return _jpeg_size(content)
        if head[:4] in _TIFF_ORDERS:
            return _tiff_size(content, _TIFF_ORDERS[head[:4]])
        if head.startswith((b"GIF87a", b"GIF89a")):
            return _gif_size(content)
    except struct.error:  # the file ends too early
        return None
    return None


def announced_size(head: bytes) -> _Size | None:
    """Return the size at a fixed offset of the header (PNG, BMP, WebP), or None."""
    if len(head) < HEAD:
        return None
    if head.startswith(b"\x89PNG\r\n\x1a\n") and head[12:16] == b"IHDR":
        width, height = struct.unpack_from(">II", head, 16)
        return width, height
    if head.startswith(b"BM"):
        return _bmp_size(head)
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return _webp_size(head)
    return None


def _bmp_size(head: bytes) -> _Size:
    (header,) = struct.unpack_from("<I", head, 14)
    width, height = struct.unpack_from("<HH" if header == _OLD_BMP_HEADER else "<ii", head, 18)
    return width, abs(height)  # a negative height reverses the order of the rows


def _webp_size(head: bytes) -> _Size | None:
    kind = head[12:16]
    if kind == b"VP8X":
        return _number(head[24:27]) + 1, _number(head[27:30]) + 1
    if kind == b"VP8L" and head[20] == 0x2F:  # noqa: PLR2004 - the format's signature
        bits = _number(head[21:25])
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8 " and head[23:26] == b"\x9d\x01\x2a":
        return _number(head[26:28]) & 0x3FFF, _number(head[28:30]) & 0x3FFF
    return None


def _number(digits: bytes) -> int:
    return int.from_bytes(digits, "little")


def _jpeg_size(content: BinaryIO) -> _Size | None:
    content.seek(2)
    for _ in range(_STEPS):
        _, marker, length = _unpack(content, ">BBH")
        if marker in _JPEG_FRAMES:
            _, height, width = _unpack(content, ">BHH")
            return width, height
        content.seek(length - 2, os.SEEK_CUR)
    return None


def _tiff_size(content: BinaryIO, order: str) -> _Size | None:
    content.seek(4)
    (directory,) = _unpack(content, order + "I")
    content.seek(directory)
    (entries,) = _unpack(content, order + "H")
    found = {}
    for _ in range(min(entries, _STEPS)):
        tag, kind, _, low, high = _unpack(content, order + "HHIHH")
        short = kind == _TIFF_SHORT
        found[tag] = low if short else (low | high << 16 if order == "<" else low << 16 | high)
    if _TIFF_WIDTH in found and _TIFF_HEIGHT in found:
        return found[_TIFF_WIDTH], found[_TIFF_HEIGHT]
    return None


def _gif_size(content: BinaryIO) -> _Size | None:
    """Return the size of the first frame. The screen size of a GIF is unreliable."""
    content.seek(10)
    (flags,) = _unpack(content, "B")
    content.seek(13 + (3 << ((flags & 7) + 1) if flags & _GIF_COLOURS else 0))
    for _ in range(_STEPS):
        (kind,) = _unpack(content, "B")
        if kind == _GIF_FRAME:
            _, _, width, height = _unpack(content, "<HHHH")
            return width, height
        if kind != _GIF_EXTENSION:
            return None
        content.seek(1, os.SEEK_CUR)
        _skip_blocks(content)
    return None


def _skip_blocks(content: BinaryIO) -> None:
    for _ in range(_STEPS):
        (length,) = _unpack(content, "B")
        if length == 0:
            return
        content.seek(length, os.SEEK_CUR)


def _unpack(content: BinaryIO, form: str) -> tuple[int, ...]:
    return struct.unpack(form, content.read(struct.calcsize(form)))
