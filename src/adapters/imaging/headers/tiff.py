"""TIFF and BigTIFF: a chain of directories, each of which describes one picture by tagged values (TIFF 6.0).

A directory entry has a tag, a type, a count, and the values themselves or, where they are longer than a word, their
offset. Not every directory is a page: reduced versions and masks say so in ``NewSubfileType``.
"""

import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from itertools import islice
from math import inf
from operator import itemgetter
from typing import Final

from adapters.imaging.headers.bounded import BoundedReader, HeaderCut, HeaderDamaged, PageMissing, not_read
from adapters.imaging.headers.header import PictureHeader, require
from adapters.imaging.headers.hollow import refuse_hollow_rows
from adapters.imaging.headers.tiff_forms import ALPHA, BLACK_IS_ZERO, RGB, SIGNED, UNSIGNED, Form, refuse_unread


@dataclass(frozen=True, slots=True)
class _Variant:
    """The byte order, and the widths that differ between TIFF and BigTIFF."""

    order: str
    #: Where the offset of the first directory stands.
    first: int
    #: Forms of :mod:`struct` of the number of entries, of an entry, and of an offset.
    count: str
    entry: str
    offset: str

    @property
    def word(self) -> int:
        """The bytes of the values that fit into an entry."""
        return struct.calcsize(self.offset)


_VARIANTS: Final[Mapping[bytes, _Variant]] = {
    b"II*\0": _Variant("<", 4, "<H", "<HHI4s", "<I"),
    b"MM\0*": _Variant(">", 4, ">H", ">HHI4s", ">I"),
    b"II+\0": _Variant("<", 8, "<Q", "<HHQ8s", "<Q"),
    b"MM\0+": _Variant(">", 8, ">Q", ">HHQ8s", ">Q"),
}
SIGNATURES: Final = tuple(_VARIANTS)

#: Byte order -> the signature of a classic TIFF.
_CLASSIC: Final[Mapping[str, bytes]] = {"<": b"II*\0", ">": b"MM\0*"}
_CLASSIC_WORD: Final = 4
_SHORT_TYPE, _LONG_TYPE = 3, 4
#: A type of two numbers.
_FRACTION: Final = 5
#: Tag, type, count, and the values or their offset.
_Entry = tuple[int, int, int, bytes]

#: Most entries of a directory, and of all directories that are looked at for a header; and most of these.
_ENTRIES: Final = 1024
_ALL_ENTRIES: Final = 16_384
_DIRECTORIES: Final = 100_000
#: Directories that are no pages: so many at most for each page, and these. Of an honest page there are two.
_REDUCED, _MORE_REDUCED = 16, 64
#: Type of a value -> its form. Only those that the tags below use.
_TYPES: Final = {1: "B", 3: "H", 4: "I", 7: "B", 16: "Q", 18: "Q"}
#: Most values of one of these tags; more samples than that no picture has.
_VALUES: Final = 32

_NEW_SUBFILE, _SUBFILE, _WIDTH, _HEIGHT = 254, 255, 256, 257
_BITS, _COMPRESSION, _PHOTOMETRIC, _SAMPLES, _PLANAR = 258, 259, 262, 277, 284
_EXTRA, _FORMAT, _ORIENTATION = 338, 339, 274
_FILL_ORDER, _REVERSED, _UNCOMPRESSED = 266, 2, 1
_STRIP_OFFSETS, _STRIP_SIZES, _TILE_OFFSETS, _TILE_SIZES, _ROWS, _SEPARATE = 273, 279, 324, 325, 278, 2
_COLOUR_MAP, _SUBSAMPLING = 320, 530
#: Codings of faxes: by rows, and of groups 3 and 4.
_FAXES: Final = frozenset({2, 3, 4})
_JPEG, _JPEG_END = 7, b"\xff\xd9"
#: Bits of samples of whole bytes, of which those of a bright one have a high mean.
_WHOLE_BYTES: Final = frozenset({8, 16})
#: Most bytes behind the end of a JPEG in its strip.
_PADDING: Final = 4096
#: The least value of 16 bits that is none of 8, and the factor between white of 8 bits and of 16.
_WIDE, _TO_WIDE = 256, 257
#: Each byte with its bits in reverse. Pillow turns some uncompressed forms only.
_TURNED: Final = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
_READ: Final = frozenset(
    {
        _NEW_SUBFILE,
        _SUBFILE,
        _WIDTH,
        _HEIGHT,
        _BITS,
        _COMPRESSION,
        _PHOTOMETRIC,
        _SAMPLES,
        _PLANAR,
        _EXTRA,
        _FORMAT,
        _FILL_ORDER,
        _ORIENTATION,
        _ROWS,
        _SUBSAMPLING,
    }
)
#: Strip offsets and sizes, tile offsets and sizes; the colour map; the tables of a JPEG.
_LONG: Final = {**dict.fromkeys((273, 279, 324, 325), 1 << 20), 320: 3 << 8, 347: 1 << 16}
#: The other tags that a decoder needs: rows per strip, options of CCITT, predictor, sides of tiles, inks,
#: the parts of an old JPEG, and the forms of YCbCr; and the resolution.
_SHORT: Final = frozenset({278, 282, 283, 292, 293, 296, 317, 322, 323, 332, *range(512, 522), 529, 530, 531, 532})
#: Most values of a tag that is not long.
_MOST_VALUES: Final = 64
#: Bits of ``NewSubfileType``: a reduced version of another picture, a transparency mask.
_NO_PAGE: Final = 0b101
_OLD_REDUCED: Final = 2


@dataclass(frozen=True, slots=True)
class _Directory:
    entries: tuple[tuple[int, int, int, bytes], ...]
    #: Tag -> its values, for the tags that are read.
    values: Mapping[int, tuple[int, ...]]
    #: The offset of the next directory, or 0.
    next: int

    def one(self, tag: int, default: int) -> int:
        """Return the first value of a tag."""
        return self.values.get(tag, (default,))[0]

    @property
    def is_page(self) -> bool:
        """Whether it is neither a reduced version nor a mask."""
        return not self.one(_NEW_SUBFILE, 0) & _NO_PAGE and self.one(_SUBFILE, 1) != _OLD_REDUCED


def read_header(reader: BoundedReader) -> PictureHeader:
    """Return the header of the first page. Raises ``HeaderCut``, ``HeaderDamaged`` or ``NotRead``."""
    variant = _VARIANTS[reader.at(0, 4)]
    pages = _pages(reader, variant, _ALL_ENTRIES)
    page = next(pages)
    form = _form(page, variant)
    refuse_unread(form)
    return PictureHeader("tif", form.width, form.height, several=_has_next(pages))


def _has_next(pages: Iterator["_Directory"]) -> bool:
    """Return whether there is another page; also where that takes too long to find out, as behind many thumbnails."""
    try:
        return next(pages, None) is not None
    except (HeaderCut, HeaderDamaged):
        return True


def sizes(reader: BoundedReader) -> Iterator[tuple[int, int]]:
    """Yield the width and height of every page. Raises as :func:`read_header` does, for the page that comes next."""
    variant = _VARIANTS[reader.at(0, 4)]
    for page in _pages(reader, variant):
        form = _form(page, variant)
        refuse_unread(form)
        yield form.width, form.height


@dataclass(frozen=True, slots=True)
class Essence:
    """A file with one directory, which holds what the pixels of a page need."""

    content: bytes
    #: From 1 to 8.
    orientation: int
    form: Form


def essence(source: bytes, number: int = 1) -> Essence:
    """Return the file as a classic TIFF with a directory of its own for a page. The pixels stay where they are.

    Raises as :func:`read_header` does, and ``PageMissing``.
    """
    reader = BoundedReader(BytesIO(source), steps=inf, most=inf)  # for the processor's time is limited, too
    variant = _VARIANTS[source[:4]]
    page = next(islice(_pages(reader, variant), number - 1, None), None)
    if page is None:
        raise PageMissing
    form = _form(page, variant)
    refuse_unread(form)
    _check_segments(page, form, source, variant)
    classic = _VARIANTS[_CLASSIC[variant.order]]
    added = bytearray(-len(source) % 2)
    turned = form.compression == _UNCOMPRESSED and page.one(_FILL_ORDER, 1) == _REVERSED
    dropped = {tag for tag, drop in ((_FILL_ORDER, turned), (_PLANAR, form.samples == 1)) if drop}
    kept = [
        _classic(_for_pillow(entry, form, variant), source, added, variant, apart=turned)
        for entry in (*page.entries, *_unsaid(page, form, variant))
        if _is_needed(entry[0], entry[2]) and entry[0] not in dropped
    ]
    if form.compression in _FAXES:
        kept = _with_ends(kept, page, source, added, variant)
    kept.sort(key=itemgetter(0))
    pixels = source.translate(_TURNED) if turned else source
    directory = struct.pack(classic.count, len(kept)) + b"".join(struct.pack(classic.entry, *entry) for entry in kept)
    head = _CLASSIC[variant.order] + struct.pack(classic.offset, len(source) + len(added))
    content = b"".join([head, memoryview(pixels)[len(head) :], added, directory, bytes(classic.word)])
    return Essence(content, page.one(_ORIENTATION, 1), form)


def _with_ends(
    entries: Sequence[_Entry], page: _Directory, source: bytes, added: bytearray, variant: _Variant
) -> list[_Entry]:
    """Return the entries of a classic TIFF with each strip of a fax copied behind the file, an empty byte behind it.

    The decoder looks for the next code before it takes the last one, and loses that where the strip ends with it.
    Strips that overlap stay as they are, for a file may say that it has any number of them.
    """
    said = {entry[0]: entry for entry in page.entries if entry[0] in {_STRIP_OFFSETS, _STRIP_SIZES}}
    if len(said) < 2:  # noqa: PLR2004 - places and sizes
        return list(entries)
    offsets, sizes = (_numbers(said[tag], source, variant) for tag in (_STRIP_OFFSETS, _STRIP_SIZES))
    if len(offsets) != len(sizes) or sum(sizes) > len(source):
        return list(entries)
    places = []
    for offset, size in zip(offsets, sizes, strict=True):
        places.append(len(source) + len(added))
        added += source[offset : offset + size] + b"\0"
    values = {_STRIP_OFFSETS: places, _STRIP_SIZES: [size + 1 for size in sizes]}
    for tag, numbers in values.items():
        added += bytes(len(added) % 2)
        word = packed = struct.pack(f"{variant.order}{len(numbers)}I", *numbers)
        if len(packed) > _CLASSIC_WORD:
            word = struct.pack(variant.order + "I", len(source) + len(added))
            added += packed
        said[tag] = tag, _LONG_TYPE, len(numbers), word
    return [said.get(entry[0], entry) for entry in entries]


def _check_segments(page: _Directory, form: Form, source: bytes, variant: _Variant) -> None:
    """Look whether the strips or tiles are there, for a decoder may take whatever stands in their place.

    Raises ``HeaderCut`` for one that ends behind the file or lacks its own end, and ``HeaderDamaged`` for too few or
    too short ones.
    """
    entries = {entry[0]: entry for entry in page.entries}
    tiled = _TILE_OFFSETS in entries
    places, sizes = (_TILE_OFFSETS, _TILE_SIZES) if tiled else (_STRIP_OFFSETS, _STRIP_SIZES)
    if places not in entries:
        return  # an old JPEG
    offsets = _numbers(entries[places], source, variant)
    counts: Sequence[int] = _numbers(entries[sizes], source, variant) if sizes in entries else ()
    if form.compression == _UNCOMPRESSED and not tiled:
        needed = _sizes_of_strips(page, form, len(offsets))
        known = counts if any(counts) else needed  # without sizes a decoder computes them, too
        require(len(known) >= len(needed) and all(size >= least for size, least in zip(known, needed, strict=False)))
        counts = needed
    for offset, size in zip(offsets, counts, strict=False):
        if offset + size > len(source):
            raise HeaderCut
        tail = source[max(offset, offset + size - _PADDING) : offset + size]  # strips may overlap: not all of each
        if form.compression == _JPEG and not tail.rstrip(b"\0\xff").endswith(_JPEG_END):
            raise HeaderCut
    if form.compression == _UNCOMPRESSED and not tiled and form.photometric in {BLACK_IS_ZERO, RGB}:
        pieces = [memoryview(source)[offset : offset + size] for offset, size in zip(offsets, counts, strict=False)]
        if form.bits in _WHOLE_BYTES and form.format == UNSIGNED:
            refuse_hollow_rows(pieces, _bytes_of_row(form))


def _sizes_of_strips(page: _Directory, form: Form, number: int) -> Sequence[int]:
    """Return the bytes that each strip of uncompressed pixels has. Raises ``HeaderDamaged`` if there are too few."""
    rows = min(page.one(_ROWS, form.height), form.height)
    require(rows)
    planes, row = form.samples if form.planes == _SEPARATE else 1, _bytes_of_row(form)
    strips = -(-form.height // rows)
    require(number >= strips * planes)
    return [*[row * rows] * (strips - 1), row * (form.height - rows * (strips - 1))] * planes


def _bytes_of_row(form: Form) -> int:
    """Return the bytes of a row of uncompressed pixels, in one of their planes."""
    samples = 1 if form.planes == _SEPARATE else form.samples
    return (form.width * form.bits * samples + 7) // 8


def _numbers(entry: _Entry, source: bytes, variant: _Variant) -> tuple[int, ...]:
    """Return all values of an entry of whole numbers. Raises ``HeaderCut`` or ``HeaderDamaged``."""
    tag, kind, count, word = entry
    require(kind in _TYPES and count <= _LONG.get(tag, _MOST_VALUES))
    form = f"{variant.order}{count}{_TYPES[kind]}"
    return struct.unpack(form, _bytes_of(word, struct.calcsize(form), source, variant))


def _bytes_of(word: bytes, size: int, source: bytes, variant: _Variant) -> bytes:
    """Return the bytes of an entry's values. Raises ``HeaderCut``."""
    if size <= variant.word:
        return word[:size]
    (start,) = struct.unpack(variant.offset, word)
    values = source[start : start + size]
    if len(values) < size:
        raise HeaderCut
    return values


def _classic(entry: _Entry, source: bytes, added: bytearray, variant: _Variant, *, apart: bool) -> _Entry:
    """Return the entry of a classic TIFF with the same values, which are appended to ``added`` if they are long.

    Pillow reads no BigTIFF in Motorola's byte order. No file here is so long that it needs the wide offsets. With
    ``apart``, long values of a classic TIFF are appended too.
    """
    tag, kind, count, word = entry
    if tag == _COLOUR_MAP and (colours := _wide_colours(entry, source, variant)) is not None:
        place = len(source) + len(added)
        added += colours
        return tag, kind, count, struct.pack(variant.order + "I", place)
    if variant.word == _CLASSIC_WORD and not apart:
        return entry
    require(kind in _TYPES or kind == _FRACTION)
    form = f"{variant.order}{2 * count}I" if kind == _FRACTION else f"{variant.order}{count}{_TYPES[kind]}"
    values = _bytes_of(word, struct.calcsize(form), source, variant)
    if form.endswith("Q"):
        kind, numbers = _LONG_TYPE, struct.unpack(form, values)
        require(max(numbers) < 1 << 32)
        values = struct.pack(f"{variant.order}{count}I", *numbers)
    if len(values) > _CLASSIC_WORD:
        place = len(source) + len(added)
        added += values + bytes(len(values) % 2)
        values = struct.pack(variant.order + "I", place)
    return tag, kind, count, values.ljust(_CLASSIC_WORD, b"\0")


def _for_pillow(entry: _Entry, form: Form, variant: _Variant) -> _Entry:
    """Return the entry, changed for forms that Pillow opens only under another name.

    Grey of 16 bits is declared as black is zero, 32 unsigned bits as signed, and premultiplied colours as others, for
    their division is lossy. The caller knows.
    """
    tag = entry[0]
    if tag == _PHOTOMETRIC and form.inverted:
        return tag, 3, 1, struct.pack(variant.order + "H", BLACK_IS_ZERO).ljust(variant.word, b"\0")
    if tag == _EXTRA and form.premultiplied:
        return tag, 3, 1, struct.pack(variant.order + "H", ALPHA).ljust(variant.word, b"\0")
    if tag == _FORMAT and form.wraps:
        return tag, 3, 1, struct.pack(variant.order + "H", SIGNED).ljust(variant.word, b"\0")
    return entry


def _unsaid(page: _Directory, form: Form, variant: _Variant) -> Iterator[_Entry]:
    """Yield an entry for unsigned samples where it is left out, because Pillow opens some of them as signed only."""
    if form.wraps and _FORMAT not in page.values:
        yield _FORMAT, _SHORT_TYPE, 1, struct.pack(variant.order + "H", UNSIGNED).ljust(variant.word, b"\0")


def _wide_colours(entry: _Entry, source: bytes, variant: _Variant) -> bytes | None:
    """Return the colour map in 16 bits, if its values are of 8, as some programs write them by mistake."""
    values = _numbers(entry, source, variant)
    if max(values, default=_WIDE) >= _WIDE:
        return None
    return struct.pack(f"{variant.order}{len(values)}H", *(value * _TO_WIDE for value in values))


def _is_needed(tag: int, count: int) -> bool:
    if tag in _LONG:
        require(count <= _LONG[tag])
        return True
    if tag in _SHORT or (tag in _READ and tag not in {_NEW_SUBFILE, _SUBFILE, _ORIENTATION}):
        require(count <= _MOST_VALUES)
        return True
    return False


def _pages(reader: BoundedReader, variant: _Variant, entries: float = inf) -> Iterator[_Directory]:
    """Yield the directories that are pages, or the first if none is. A chain that leads back to itself ends there."""
    (offset,) = reader.numbers(variant.first, variant.offset)
    require(offset)
    first, found = None, 0
    seen: set[int] = set()
    entries = min(entries, reader.size // struct.calcsize(variant.entry))  # the directories of an honest file lie apart
    while offset and offset not in seen:
        seen.add(offset)
        require(len(seen) <= _DIRECTORIES and len(seen) <= (1 + _REDUCED) * found + _MORE_REDUCED)
        directory = _directory(reader, variant, offset)
        entries -= len(directory.entries)
        require(entries >= 0)
        first = first or directory
        if directory.is_page:
            found += 1
            yield directory
        offset = directory.next
    if not found and first is not None:
        yield first


def _directory(reader: BoundedReader, variant: _Variant, offset: int) -> _Directory:
    (number,) = reader.numbers(offset, variant.count)
    require(0 < number <= _ENTRIES)
    start, size = offset + struct.calcsize(variant.count), struct.calcsize(variant.entry)
    block = reader.at(start, number * size)
    entries = tuple(struct.iter_unpack(variant.entry, block))
    read = {tag: entry for tag, *entry in reversed(entries) if tag in _READ}  # of several with one tag, the first
    values = {tag: found for tag, entry in read.items() if (found := _values(reader, variant, *entry))}
    rest = reader.up_to(start + number * size, variant.word)  # some writers leave out the end of the chain
    following = struct.unpack(variant.offset, rest)[0] if len(rest) == variant.word else 0
    return _Directory(entries, values, following)


def _values(reader: BoundedReader, variant: _Variant, kind: int, count: int, word: bytes) -> tuple[int, ...]:
    """Return the values of an entry, at most a few; none for a type that no such tag has."""
    form = _TYPES.get(kind)
    if form is None or count == 0:
        return ()
    form = f"{variant.order}{min(count, _VALUES)}{form}"
    if count * struct.calcsize(_TYPES[kind]) <= variant.word:
        return struct.unpack_from(form, word)
    (offset,) = struct.unpack(variant.offset, word)
    return reader.numbers(offset, form)


def _form(page: _Directory, variant: _Variant) -> Form:
    require(_WIDTH in page.values and _HEIGHT in page.values)
    bits = page.values.get(_BITS, (1,))
    formats = page.values.get(_FORMAT, (1,))
    samples = page.one(_SAMPLES, 1)
    photometric = page.one(_PHOTOMETRIC, -1)
    if len(set(bits)) > 1 or len(set(formats)) > 1:
        not_read("a TIFF with samples of different kinds")
    return Form(
        width=page.one(_WIDTH, 0),
        height=page.one(_HEIGHT, 0),
        photometric=photometric,
        bits=bits[0],
        format=formats[0],
        samples=samples,
        planes=page.one(_PLANAR, 1),
        compression=page.one(_COMPRESSION, 1),
        extra=page.values.get(_EXTRA, ()),
        big_endian=variant.order == ">",
        subsampling=page.values.get(_SUBSAMPLING, (2, 2)),
    )
