"""TIFF and BigTIFF: a chain of directories, each of which describes one picture by tagged values (TIFF 6.0).

A directory entry has a tag, a type, a count, and the values themselves or, where they are longer than a word, their
offset. Not every directory is a page: reduced versions and masks say so in ``NewSubfileType``.
"""

import struct
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from math import inf
from typing import Final

from adapters.imaging.headers.bounded import BoundedReader, not_read
from adapters.imaging.headers.header import require
from adapters.imaging.headers.tiff_fax import FAXES
from adapters.imaging.headers.tiff_forms import UNSAID, UNSIGNED, VOID, WHITE_IS_ZERO, Form


@dataclass(frozen=True, slots=True)
class Variant:
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


VARIANTS: Final[Mapping[bytes, Variant]] = {
    b"II*\0": Variant("<", 4, "<H", "<HHI4s", "<I"),
    b"MM\0*": Variant(">", 4, ">H", ">HHI4s", ">I"),
    b"II+\0": Variant("<", 8, "<Q", "<HHQ8s", "<Q"),
    b"MM\0+": Variant(">", 8, ">Q", ">HHQ8s", ">Q"),
}
#: Tag, type, count, and the values or their offset.
Entry = tuple[int, int, int, bytes]

#: Most entries of a directory, and most directories.
_ENTRIES: Final = 1024
_DIRECTORIES: Final = 100_000
#: Directories that are no pages: so many at most for each page, and these. Of an honest page there are two.
_REDUCED, _MORE_REDUCED = 16, 64
#: Type of a value -> its form. Only those that the tags below use.
TYPES: Final = {1: "B", 3: "H", 4: "I", 7: "B", 16: "Q", 18: "Q"}
#: Most values of one of these tags; more samples than that no picture has.
_VALUES: Final = 32

NEW_SUBFILE, SUBFILE, WIDTH, HEIGHT = 254, 255, 256, 257
BITS, COMPRESSION, PHOTOMETRIC, SAMPLES, PLANAR = 258, 259, 262, 277, 284
EXTRA, FORMAT, ORIENTATION, FILL_ORDER, ROWS, GROUP_3_OPTIONS, SUBSAMPLING = 338, 339, 274, 266, 278, 292, 530
READ: Final = frozenset(
    {
        NEW_SUBFILE,
        SUBFILE,
        WIDTH,
        HEIGHT,
        BITS,
        COMPRESSION,
        PHOTOMETRIC,
        SAMPLES,
        PLANAR,
        EXTRA,
        FORMAT,
        FILL_ORDER,
        ORIENTATION,
        ROWS,
        GROUP_3_OPTIONS,
        SUBSAMPLING,
    }
)
#: What says whether a directory is a page.
_KIND: Final = frozenset({NEW_SUBFILE, SUBFILE})
#: Bits of ``NewSubfileType``: a reduced version of another picture, a transparency mask.
_NO_PAGE: Final = 0b101
_OLD_REDUCED: Final = 2


class Directory:
    """One directory of a file. Its values are read when they are asked for: most pages of a long file are passed by."""

    def __init__(self, reader: BoundedReader, variant: Variant, entries: tuple[Entry, ...], following: int) -> None:
        self._reader, self._variant = reader, variant
        self.entries = entries
        #: The offset of the next directory, or 0.
        self.next = following

    @cached_property
    def values(self) -> Mapping[int, tuple[int, ...]]:
        """The values by their tag, for the tags that are read. Raises as readers do."""
        return self._read(READ)

    def one(self, tag: int, default: int) -> int:
        """Return the first value of a tag. Raises as readers do."""
        return self.values.get(tag, (default,))[0]

    @property
    def is_page(self) -> bool:
        """Whether it is neither a reduced version nor a mask. Raises as readers do."""
        kind = self._read(_KIND)
        return not kind.get(NEW_SUBFILE, (0,))[0] & _NO_PAGE and kind.get(SUBFILE, (1,))[0] != _OLD_REDUCED

    def _read(self, tags: Collection[int]) -> Mapping[int, tuple[int, ...]]:
        read = {entry[0]: entry for entry in reversed(self.entries) if entry[0] in tags}  # of several the first
        values = ((tag, _values(self._reader, self._variant, *entry[1:])) for tag, entry in read.items())
        return {tag: found for tag, found in values if found}


def pages_of(reader: BoundedReader, variant: Variant, entries: float = inf) -> Iterator[Directory]:
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


def form_of(page: Directory, variant: Variant) -> Form:
    """Return the form of a page. Raises ``HeaderDamaged``, and ``NotRead`` for samples of different kinds."""
    require(WIDTH in page.values and HEIGHT in page.values)
    bits = page.values.get(BITS, (1,))
    formats = tuple(UNSIGNED if kind == VOID else kind for kind in page.values.get(FORMAT, (UNSIGNED,)))
    samples = page.one(SAMPLES, 1)
    compression = page.one(COMPRESSION, 1)
    photometric = page.one(PHOTOMETRIC, WHITE_IS_ZERO if compression in FAXES else UNSAID)
    if len(set(bits)) > 1 or len(set(formats)) > 1:
        not_read("a TIFF with samples of different kinds")
    return Form(
        width=page.one(WIDTH, 0),
        height=page.one(HEIGHT, 0),
        photometric=photometric,
        bits=bits[0],
        format=formats[0],
        samples=samples,
        planes=page.one(PLANAR, 1),
        compression=compression,
        extra=page.values.get(EXTRA, ()),
        big_endian=variant.order == ">",
        subsampling=page.values.get(SUBSAMPLING, (2, 2)),
    )


def _directory(reader: BoundedReader, variant: Variant, offset: int) -> Directory:
    (number,) = reader.numbers(offset, variant.count)
    require(0 < number <= _ENTRIES)
    start, size = offset + struct.calcsize(variant.count), struct.calcsize(variant.entry)
    block = reader.at(start, number * size)
    entries = tuple(struct.iter_unpack(variant.entry, block))
    rest = reader.up_to(start + number * size, variant.word)  # some writers leave out the end of the chain
    following = struct.unpack(variant.offset, rest)[0] if len(rest) == variant.word else 0
    return Directory(reader, variant, entries, following)


def _values(reader: BoundedReader, variant: Variant, kind: int, count: int, word: bytes) -> tuple[int, ...]:
    """Return the values of an entry, at most a few; none for a type that no such tag has."""
    form = TYPES.get(kind)
    if form is None or count == 0:
        return ()
    form = f"{variant.order}{min(count, _VALUES)}{form}"
    if count * struct.calcsize(TYPES[kind]) <= variant.word:
        return struct.unpack_from(form, word)
    (offset,) = struct.unpack(variant.offset, word)
    return reader.numbers(offset, form)
