"""Boxes, of which HEIF and JPEG 2000 files consist (ISO/IEC 14496-12, 4.2; ISO/IEC 15444-1, annex I.4)."""

from collections.abc import Iterator
from dataclasses import dataclass

from adapters.imaging.headers.bounded import BoundedReader, HeaderCut, HeaderDamaged

_HEAD, _LONG_HEAD = 8, 16
#: In place of a length: the box ends with the file; a length of 64 bits follows the kind.
_TO_THE_END, _LONG = 0, 1


@dataclass(frozen=True, slots=True)
class Box:
    """A box. ``start`` is the offset of its content, ``end`` that behind it."""

    kind: bytes
    start: int
    end: int


def boxes(reader: BoundedReader, start: int = 0, end: int | None = None) -> Iterator[Box]:
    """Yield the boxes between two offsets, by default of the whole file.

    Raises ``HeaderCut`` for a box that ends behind the file, and ``HeaderDamaged`` for one that ends behind its parent.
    """
    last = reader.size if end is None else end
    while start < last:
        (length, kind) = _head(reader, start)
        head = _HEAD
        if length == _LONG:
            head = _LONG_HEAD
            (length,) = reader.numbers(start + _HEAD, ">Q")
        elif length == _TO_THE_END:
            length = last - start
        if length < head:
            raise HeaderDamaged
        if start + length > last:
            raise HeaderCut if last == reader.size else HeaderDamaged
        yield Box(kind, start + head, start + length)
        start += length


def _head(reader: BoundedReader, start: int) -> tuple[int, bytes]:
    head = reader.at(start, _HEAD)
    return int.from_bytes(head[:4], "big"), head[4:]
