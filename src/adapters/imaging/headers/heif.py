"""HEIF: the container of AVIF and HEIC (ISO/IEC 23008-12). The box ``meta`` describes its pictures, called items.

Read is the primary item, which may be put together of tiles. What a phone stores beside it, such as a thumbnail or a
depth map, is left out.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from io import BytesIO
from types import MappingProxyType
from typing import Final

from adapters.imaging.headers.bounded import BoundedReader, HeaderCut, HeaderDamaged, not_read
from adapters.imaging.headers.boxes import Box, boxes
from adapters.imaging.headers.exif import UPRIGHT
from adapters.imaging.headers.header import PictureHeader, require

#: Brand of a file -> the extension of its kind.
_BRANDS: Final[Mapping[bytes, str]] = MappingProxyType(
    dict.fromkeys((b"avif", b"avis"), "avif")
    | dict.fromkeys((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"), "heic")
)
#: Main brands of files whose pictures are a sequence, with a track as a film has.
_SEQUENCES: Final = frozenset({b"avis", b"hevc", b"hevx", b"hevm", b"hevs", b"msf1"})
_NAMES: Final = {"avif": "an AVIF", "heic": "a HEIC"}
#: Extension -> the types of items that its decoder reads.
_TYPES: Final = {"avif": {b"av01", b"grid"}, "heic": {b"hvc1", b"grid", b"iden", b"iovl"}}
#: Most bytes of the box of the brands, and of ``meta``: that of a phone's picture of 48 megapixels has 10,000.
_MOST_BRANDS, _MOST_META = 256, 1 << 18
#: Most pieces of items: each tile is one.
_MOST_PIECES: Final = 1 << 16
#: The head of a box with version and flags.
_VERSION: Final = 4
#: How a turn or mirror moves a point (x, y): to (ax + by, cx + dy).
_Move = tuple[int, int, int, int]
Part = tuple[int, int, int, int]
_STILL: Final = (1, 0, 0, 1)
#: Quarter turns anticlockwise -> their move; the same of mirrors: 0 is top to bottom, 1 left to right.
_TURNS: Final = (_STILL, (0, 1, -1, 0), (-1, 0, 0, -1), (0, -1, 1, 0))
_MIRRORS: Final = ((1, 0, 0, -1), (-1, 0, 0, 1))
#: Move -> the Exif orientation that says the same.
_ORIENTATIONS: Final[Mapping[_Move, int]] = MappingProxyType(
    {
        _STILL: UPRIGHT,
        (-1, 0, 0, 1): 2,
        (-1, 0, 0, -1): 3,
        (1, 0, 0, -1): 4,
        (0, 1, 1, 0): 5,
        (0, -1, 1, 0): 6,
        (0, -1, -1, 0): 7,
        (0, 1, -1, 0): 8,
    }
)


@dataclass(frozen=True, slots=True)
class _Primary:
    """The primary item of a file."""

    #: Of the picture as it is stored.
    width: int
    height: int
    orientation: int = UPRIGHT
    #: The part that is shown, before it is turned, if it is not all: its left, upper, right and lower side.
    part: Part | None = None


def kind_of(head: bytes) -> str | None:
    """Return ``avif`` or ``heic`` for a file that begins so, or None. Its main brand counts, else those beside it."""
    if head[4:8] != b"ftyp":
        return None
    end = min(int.from_bytes(head[:4], "big"), _MOST_BRANDS, len(head))
    brands = [head[8:12], *(head[at : at + 4] for at in range(16, end - 3, 4))]
    return next((_BRANDS[brand] for brand in brands if brand in _BRANDS), None)


def read_header(reader: BoundedReader) -> PictureHeader:
    """Return the header. Raises ``HeaderCut``, ``HeaderDamaged`` or ``NotRead``."""
    head = reader.up_to(0, _MOST_BRANDS)
    extension = kind_of(head)
    require(extension is not None)
    name = _NAMES[extension or ""]
    if head[8:12] in _SEQUENCES:
        not_read(f"{name} sequence of several pictures")
    primary = _primary(reader, extension or "", name)
    return PictureHeader(extension or "", primary.width, primary.height)


def shown_of(source: bytes) -> tuple[int, Part | None]:
    """Return the orientation of a picture, in the numbers of Exif, and the part that is shown, if it is not all.

    The part is that of the picture as it is stored. Raises as :func:`read_header` does.
    """
    reader = BoundedReader(BytesIO(source))
    extension = kind_of(source[:_MOST_BRANDS]) or ""
    primary = _primary(reader, extension, _NAMES[extension])
    return primary.orientation, primary.part


def _primary(reader: BoundedReader, extension: str, name: str) -> _Primary:
    meta = None
    for box in boxes(reader):  # to the end, to see whether the last one is whole
        if box.kind == b"meta" and meta is None:
            require(_VERSION <= box.end - box.start <= _MOST_META)
            meta = reader.at(box.start + _VERSION, box.end - box.start - _VERSION)
    if meta is None:
        raise HeaderCut
    inside = BoundedReader(BytesIO(meta))
    parts = {box.kind: box for box in boxes(inside)}
    require({b"pitm", b"iinf", b"iprp", b"iloc"} <= parts.keys())
    item = _number(inside, parts[b"pitm"])
    kind = next((kind for number, kind in _items(inside, parts[b"iinf"]) if number == item), b"")
    if kind not in _TYPES[extension]:
        not_read(f"{name} picture of the type {kind.decode('ascii', 'replace')!r}")
    _require_whole(inside, parts[b"iloc"], reader.size)
    return _described(inside, parts[b"iprp"], item, name)


def _number(reader: BoundedReader, box: Box) -> int:
    (version,) = reader.numbers(box.start, "B")
    (number,) = reader.numbers(box.start + _VERSION, ">I" if version else ">H")
    return number


def _items(reader: BoundedReader, box: Box) -> Iterator[tuple[int, bytes]]:
    """Yield the number and type of each item."""
    (version,) = reader.numbers(box.start, "B")
    for entry in boxes(reader, box.start + _VERSION + (4 if version else 2), box.end):
        (form,) = reader.numbers(entry.start, "B")
        at = entry.start + _VERSION
        if form >= 2:  # noqa: PLR2004 - older ones are of files, not of pictures
            (number,) = reader.numbers(at, ">H" if form == 2 else ">I")  # noqa: PLR2004
            yield number, reader.at(at + (4 if form == 2 else 6), 4)  # noqa: PLR2004


def _described(reader: BoundedReader, box: Box, item: int, name: str) -> _Primary:
    """Return the properties of an item; turns and mirrors count in the order in which they are listed."""
    properties: list[Box] = []
    numbers: list[int] = []
    for part in boxes(reader, box.start, box.end):
        if part.kind == b"ipco":
            properties = [*boxes(reader, part.start, part.end)]
        elif part.kind == b"ipma":
            numbers += _associated(reader, part, item)
    width = height = 0
    cut, move = None, _STILL
    for number in numbers:
        require(number <= len(properties))
        if number == 0:
            continue
        found = properties[number - 1]
        match found.kind:
            case b"ispe":
                width, height = reader.numbers(found.start + _VERSION, ">II")
            case b"clap":
                cut = reader.numbers(found.start, ">IIIIiIiI")
            case b"irot":
                move = _after(move, _TURNS[reader.numbers(found.start, "B")[0] & 3])
            case b"imir":
                move = _after(move, _MIRRORS[reader.numbers(found.start, "B")[0] & 1])
    return _Primary(width, height, _ORIENTATIONS[move], None if cut is None else _part(width, height, cut, name))


def _part(width: int, height: int, cut: Sequence[int], name: str) -> Part | None:
    """Return the part that a clean aperture shows: a size, and how far its middle is from that of the picture."""
    require(all(cut[1::2]))
    across, down, right, below = (Fraction(over, under) for over, under in zip(cut[::2], cut[1::2], strict=True))
    left, top = (width - across) / 2 + right, (height - down) / 2 + below
    sides = left, top, left + across, top + down
    if any(side.denominator != 1 for side in sides):
        not_read(f"{name} picture of which a part is shown that does not consist of whole pixels")
    require(0 <= left < sides[2] <= width and 0 <= top < sides[3] <= height)
    part = int(sides[0]), int(sides[1]), int(sides[2]), int(sides[3])
    return None if part == (0, 0, width, height) else part


def _after(first: _Move, then: _Move) -> _Move:
    a, b, c, d = first
    e, f, g, h = then
    return e * a + f * c, e * b + f * d, g * a + h * c, g * b + h * d


def _associated(reader: BoundedReader, box: Box, item: int) -> list[int]:
    """Return the numbers of the properties of an item, from 1."""
    content = reader.at(box.start, box.end - box.start)
    fields = _Fields(content[_VERSION:])
    wide_items, wide_numbers = content[0] >= 1, content[3] & 1
    for _ in range(fields.take(4)):
        number = fields.take(4 if wide_items else 2)
        numbers = [fields.take(2) & 0x7FFF if wide_numbers else fields.take(1) & 0x7F for _ in range(fields.take(1))]
        if number == item:
            return numbers
    return []


def _require_whole(reader: BoundedReader, box: Box, size: int) -> None:
    """Raise ``HeaderCut`` unless the pieces of all items are in a file of this size."""
    content = reader.at(box.start, box.end - box.start)
    version, fields = content[0], _Fields(content[_VERSION:])
    first, second = fields.take(1), fields.take(1)
    offset_size, length_size, base_size = first >> 4, first & 15, second >> 4
    index_size = second & 15 if version else 0
    pieces = _MOST_PIECES
    for _ in range(fields.take(2 if version < 2 else 4)):  # noqa: PLR2004 - the version with long numbers
        fields.take(2 if version < 2 else 4)  # noqa: PLR2004
        in_file = (fields.take(2) & 15 if version else 0) == 0
        fields.take(2)
        base, count = fields.take(base_size), fields.take(2)
        pieces -= count
        require(pieces >= 0)
        for _ in range(count):
            fields.take(index_size)
            start, length = base + fields.take(offset_size), fields.take(length_size)
            if in_file and start + length > size:
                raise HeaderCut


class _Fields:
    """Whole numbers that follow one another."""

    def __init__(self, content: bytes) -> None:
        self._content, self._at = content, 0

    def take(self, size: int) -> int:
        """Return the next number, of so many bytes. Raises ``HeaderDamaged`` at the end."""
        piece = self._content[self._at : self._at + size]
        if len(piece) < size:
            raise HeaderDamaged
        self._at += size
        return int.from_bytes(piece, "big")
