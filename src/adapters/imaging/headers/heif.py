"""HEIF: the container of AVIF and HEIC (ISO/IEC 23008-12). The box ``meta`` describes its pictures, called items.

A page is each item that is shown by itself: the primary one first, the others in their order. It may be put together of
tiles. No pages are what a phone stores beside its picture, such as a thumbnail or a depth map, the tiles, and all but
one of items that stand for the same: alternatives, and the halves of a picture for both eyes. An AVIF of several pages
is not read.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from io import BytesIO
from types import MappingProxyType
from typing import Final, NamedTuple

from adapters.imaging.headers.bounded import BoundedReader, HeaderCut, HeaderDamaged, PageMissing, not_read
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
#: The types of items that are pictures of their own.
_PICTURES: Final = frozenset({b"av01", b"avc1", b"grid", b"hvc1", b"iden", b"iovl", b"j2k1", b"jpeg", b"unci", b"vvc1"})
#: References from an item that is no page, but a thumbnail, a mask or a depth map; those to tiles; and groups of items
#: of which one is shown.
_BESIDE, _TILES, _GROUPS = frozenset({b"thmb", b"auxl"}), b"dimg", frozenset({b"altr", b"ster"})
#: Extension -> the types of items that its decoder reads.
_TYPES: Final = {"avif": {b"av01", b"grid"}, "heic": {b"hvc1", b"grid", b"iden", b"iovl"}}
#: Most bytes of the box of the brands, and of ``meta``: that of a phone's picture of 48 megapixels has 10,000.
_MOST_BRANDS, _MOST_META = 256, 1 << 18
#: Most numbers that tell about items: which they are made of, where their data is, what properties they have. A picture
#: of 1,000 tiles has 15,000; ``meta`` has room for so many that a request of many files would keep a processor busy.
_MOST_NUMBERS: Final = 1 << 15
#: The head of a box with version and flags.
_VERSION: Final = 4
#: The most bytes of an item's box that are read.
_ITEM: Final = 14
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
class _Page:
    """The item that is a page."""

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
    meta = _meta(reader, extension or "", name)
    pages = meta.pages()
    if pages[1:] and extension != "heic":
        not_read(f"{name} of several pictures")
    (primary,) = meta.described(pages[:1])
    return PictureHeader(extension or "", primary.width, primary.height, several=len(pages) > 1)


def sizes(reader: BoundedReader) -> Iterator[tuple[int, int]]:
    """Yield the width and height of each page. Raises as :func:`read_header` does."""
    meta = _meta(reader, "heic", _NAMES["heic"])
    for page in meta.described(meta.pages()):
        yield page.width, page.height


def page_first(source: bytes, number: int) -> bytes:
    """Return a HEIC whose primary item is this page of it. Raises ``PageMissing``, and as :func:`read_header` does."""
    meta = _meta(BoundedReader(BytesIO(source)), "heic", _NAMES["heic"])
    pages = meta.pages()
    if number > len(pages):
        raise PageMissing
    return source[: meta.primary_at] + meta.packed(pages[number - 1]) + source[meta.primary_at + meta.number_size :]


def shown_of(source: bytes) -> tuple[int, Part | None]:
    """Return the orientation of a picture, in the numbers of Exif, and the part that is shown, if it is not all.

    The part is that of the picture as it is stored. Raises as :func:`read_header` does.
    """
    reader = BoundedReader(BytesIO(source))
    extension = kind_of(source[:_MOST_BRANDS]) or ""
    meta = _meta(reader, extension, _NAMES[extension])
    (primary,) = meta.described([meta.primary])
    return primary.orientation, primary.part


class _Inside(BoundedReader):
    """Reads the content of ``meta``."""

    def __init__(self, content: bytes) -> None:
        super().__init__(BytesIO(content))
        self._numbers_left = _MOST_NUMBERS

    def count(self) -> None:
        """Count one more number that tells about an item. Raises ``HeaderDamaged`` for too many."""
        self._numbers_left -= 1
        require(self._numbers_left >= 0)

    def fields(self, start: int, end: int) -> "_Fields":
        """Return the numbers between two offsets."""
        return _Fields(self.at(start, end - start), self)


class _Item(NamedTuple):
    number: int
    kind: bytes
    is_hidden: bool


@dataclass(frozen=True, slots=True)
class _Meta:
    """What the box ``meta`` says of the items of a file."""

    extension: str
    name: str
    inside: _Inside
    parts: Mapping[bytes, Box]
    items: Sequence[_Item]
    primary: int
    #: The offset of its number in the file, and the bytes of that.
    primary_at: int
    number_size: int

    def described(self, items: Iterable[int]) -> Iterator[_Page]:
        """Yield the properties of each of these items."""
        properties, numbers = _properties(self.inside, self.parts[b"iprp"])
        for item in items:
            yield _described(self.inside, properties, numbers.get(item, ()), self.name)

    def packed(self, item: int) -> bytes:
        """Return the number of an item as that of the primary one is written."""
        require(item < 1 << (8 * self.number_size))
        return item.to_bytes(self.number_size, "big")

    def pages(self) -> Sequence[int]:
        """Return the numbers of the items that are pages. Raises ``NotRead`` for one that no decoder here reads."""
        pages, others = [self.primary], self._left_out() | {self.primary}
        for item in self.items:
            if item.kind in _PICTURES and not item.is_hidden and item.number not in others:
                _require_read(item.kind, self.extension, self.name)
                pages.append(item.number)
        return pages

    def _left_out(self) -> set[int]:
        """Return the items that are no pages because of others."""
        found: set[int] = set()
        for kind, source, targets in self._listed(b"iref"):
            if kind in _BESIDE:
                found.add(source)
            elif kind == _TILES:
                found |= targets
        for kind, _, items in self._listed(b"grpl"):
            if kind in _GROUPS and items:
                found |= items - {self.primary if self.primary in items else min(items - found, default=0)}
        return found

    def _listed(self, part: bytes) -> Iterator[tuple[bytes, int, set[int]]]:
        """Yield references, with where they come from and lead to, or groups of items, with their own number."""
        box = self.parts.get(part)
        if box is None:
            return
        in_groups = part == b"grpl"
        size = 4 if in_groups or self.inside.at(box.start, 1) != b"\0" else 2
        for each in boxes(self.inside, box.start + (0 if in_groups else _VERSION), box.end):
            start = each.start + (_VERSION if in_groups else 0)
            fields = self.inside.fields(start, each.end)
            source, count = fields.take(size), fields.take(4 if in_groups else 2)
            require(count * size <= each.end - start)
            yield each.kind, source, {fields.take(size) for _ in range(count)}


def _meta(reader: BoundedReader, extension: str, name: str) -> _Meta:
    meta, start = None, 0
    for box in boxes(reader):  # to the end, to see whether the last one is whole
        if box.kind == b"meta" and meta is None:
            require(_VERSION <= box.end - box.start <= _MOST_META)
            start = box.start + _VERSION
            meta = reader.at(start, box.end - start)
    if meta is None:
        raise HeaderCut
    inside = _Inside(meta)
    parts = {box.kind: box for box in boxes(inside)}
    require({b"pitm", b"iinf", b"iprp", b"iloc"} <= parts.keys())
    at = parts[b"pitm"].start
    size = 2 if inside.at(at, 1) == b"\0" else 4
    primary = int.from_bytes(inside.at(at + _VERSION, size), "big")
    items = [*_items(inside, parts[b"iinf"])]
    _require_read(next((item.kind for item in items if item.number == primary), b""), extension, name)
    _require_whole(inside, parts[b"iloc"], reader.size)
    return _Meta(extension, name, inside, parts, items, primary, start + at + _VERSION, size)


def _require_read(kind: bytes, extension: str, name: str) -> None:
    if kind not in _TYPES[extension]:
        not_read(f"{name} picture of the type {kind.decode('ascii', 'replace')!r}")


def _items(reader: BoundedReader, box: Box) -> Iterator[_Item]:
    (version,) = reader.numbers(box.start, "B")
    for entry in boxes(reader, box.start + _VERSION + (4 if version else 2), box.end):
        content = reader.up_to(entry.start, _ITEM)
        require(len(content) >= _VERSION)
        form, *_, flags = content[:_VERSION]
        if form >= 2:  # noqa: PLR2004 - older ones are of files, not of pictures
            end = _VERSION + (2 if form == 2 else 4)  # noqa: PLR2004
            kind = content[end + 2 : end + 6]
            require(len(kind) == 4)  # noqa: PLR2004
            yield _Item(int.from_bytes(content[_VERSION:end], "big"), kind, bool(flags & 1))


def _properties(reader: _Inside, box: Box) -> tuple[Sequence[Box], Mapping[int, Sequence[int]]]:
    """Return all properties, and the numbers of those of each item, from 1."""
    properties: list[Box] = []
    numbers: dict[int, list[int]] = {}
    for part in boxes(reader, box.start, box.end):
        if part.kind == b"ipco":
            properties = [*boxes(reader, part.start, part.end)]
        elif part.kind == b"ipma":
            for item, found in _associated(reader, part).items():
                numbers.setdefault(item, []).extend(found)
    return properties, numbers


def _described(reader: BoundedReader, properties: Sequence[Box], numbers: Sequence[int], name: str) -> _Page:
    """Return what the properties of an item say; turns and mirrors count in the order in which they are listed."""
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
    return _Page(width, height, _ORIENTATIONS[move], None if cut is None else _part(width, height, cut, name))


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


def _associated(reader: _Inside, box: Box) -> Mapping[int, Sequence[int]]:
    """Return the numbers of the properties of each item; of an item that is listed twice the first ones."""
    head, fields = reader.at(box.start, _VERSION), reader.fields(box.start + _VERSION, box.end)
    wide_items, wide_numbers = head[0] >= 1, head[3] & 1
    found: dict[int, Sequence[int]] = {}
    for _ in range(fields.take(4)):
        item = fields.take(4 if wide_items else 2)
        numbers = [fields.take(2) & 0x7FFF if wide_numbers else fields.take(1) & 0x7F for _ in range(fields.take(1))]
        found.setdefault(item, numbers)
    return found


def _require_whole(reader: _Inside, box: Box, size: int) -> None:
    """Raise ``HeaderCut`` unless the pieces of all items are in a file of this size."""
    (version,) = reader.numbers(box.start, "B")
    fields = reader.fields(box.start + _VERSION, box.end)
    first, second = fields.take(1), fields.take(1)
    offset_size, length_size, base_size = first >> 4, first & 15, second >> 4
    index_size = second & 15 if version else 0
    for _ in range(fields.take(2 if version < 2 else 4)):  # noqa: PLR2004 - the version with long numbers
        fields.take(2 if version < 2 else 4)  # noqa: PLR2004
        in_file = (fields.take(2) & 15 if version else 0) == 0
        fields.take(2)
        base = fields.take(base_size)
        for _ in range(fields.take(2)):
            fields.take(index_size)
            start, length = base + fields.take(offset_size), fields.take(length_size)
            if in_file and start + length > size:
                raise HeaderCut


class _Fields:
    """Whole numbers that follow one another."""

    def __init__(self, content: bytes, inside: _Inside) -> None:
        self._content, self._inside, self._at = content, inside, 0

    def take(self, size: int) -> int:
        """Return the next number, of so many bytes. Raises ``HeaderDamaged`` at the end, and after too many."""
        self._inside.count()
        piece = self._content[self._at : self._at + size]
        if len(piece) < size:
            raise HeaderDamaged
        self._at += size
        return int.from_bytes(piece, "big")
