"""The file of one page of a TIFF, as the decoder gets it."""

import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from itertools import islice
from math import inf
from operator import itemgetter
from typing import Final

from adapters.imaging.headers.bounded import BoundedReader, HeaderCut, PageMissing
from adapters.imaging.headers.checksums import CHECKED, refuse_damaged
from adapters.imaging.headers.header import require
from adapters.imaging.headers.hollow import levels_of_bytes, refuse_hollow_rows
from adapters.imaging.headers.tiff_directories import (
    EXTRA,
    FILL_ORDER,
    FORMAT,
    GROUP_3_OPTIONS,
    NEW_SUBFILE,
    ORIENTATION,
    PHOTOMETRIC,
    PLANAR,
    READ,
    ROWS,
    SUBFILE,
    TYPES,
    VARIANTS,
    Directory,
    Entry,
    Variant,
    form_of,
    pages_of,
)
from adapters.imaging.headers.tiff_fax import FAXES, TURNED, Ending, Fax
from adapters.imaging.headers.tiff_forms import ALPHA, BLACK_IS_ZERO, RGB, SIGNED, UNSIGNED, Form, refuse_unread

#: Byte order -> the signature of a classic TIFF.
_CLASSIC: Final[Mapping[str, bytes]] = {"<": b"II*\0", ">": b"MM\0*"}
_CLASSIC_WORD: Final = 4
_SHORT_TYPE, LONG_TYPE = 3, 4
#: A type of two numbers.
FRACTION: Final = 5

_REVERSED, _UNCOMPRESSED, _SEPARATE = 2, 1, 2
_STRIP_OFFSETS, _STRIP_SIZES, _TILE_OFFSETS, _TILE_SIZES, _COLOUR_MAP = 273, 279, 324, 325, 320
STRIPS, TILES = (_STRIP_OFFSETS, _STRIP_SIZES), (_TILE_OFFSETS, _TILE_SIZES)
_TILE_WIDTH, _TILE_HEIGHT = 322, 323
#: The option of group 3 that rows may be coded by the one above.
_TWO_DIMENSIONS: Final = 1
_JPEG, _JPEG_END = 7, b"\xff\xd9"
#: Bits of samples of whole bytes, of which those of a bright one have a high mean.
_WHOLE_BYTES: Final = frozenset({8, 16})
#: Those of which a byte has several.
_PARTS_OF_A_BYTE: Final = frozenset({1, 2, 4})
#: Most bytes behind the end of a JPEG in its strip.
_PADDING: Final = 4096
#: The least value of 16 bits that is none of 8, and the factor between white of 8 bits and of 16.
_WIDE, _TO_WIDE = 256, 257
#: Strip offsets and sizes, tile offsets and sizes; the colour map; the tables of a JPEG.
_LONG: Final = {**dict.fromkeys((*STRIPS, *TILES), 1 << 20), _COLOUR_MAP: 3 << 8, 347: 1 << 16}
#: The parts of an old JPEG.
OLD_JPEG: Final = range(512, 522)
#: The other tags that a decoder needs: rows per strip, options of CCITT, predictor, sides of tiles, inks,
#: the parts of an old JPEG, and the forms of YCbCr; and the resolution.
_SHORT: Final = frozenset({278, 282, 283, 292, 293, 296, 317, 322, 323, 332, *OLD_JPEG, 529, 530, 531, 532})
#: Most values of a tag that is not long.
_MOST_VALUES: Final = 64


@dataclass(frozen=True, slots=True)
class Essence:
    """A file with one directory, which holds what the pixels of a page need."""

    content: bytes
    #: From 1 to 8.
    orientation: int
    form: Form
    fax: Fax | None = None


def essence(source: bytes, number: int = 1, ending: Ending = Ending.SAME) -> Essence:
    """Return the file as a classic TIFF with a directory of its own for a page. The pixels stay where they are.

    ``ending`` is what stands at the end of each strip of a fax.

    Raises as :func:`read_header` does, and ``PageMissing``.
    """
    reader = BoundedReader(BytesIO(source), steps=inf, most=inf)  # for the processor's time is limited, too
    variant = VARIANTS[source[:4]]
    page = next(islice(pages_of(reader, variant), number - 1, None), None)
    if page is None:
        raise PageMissing
    form = form_of(page, variant)
    refuse_unread(form)
    _check_segments(page, form, source, variant)
    classic = VARIANTS[_CLASSIC[variant.order]]
    added = bytearray(-len(source) % 2)
    turned = form.compression == _UNCOMPRESSED and page.one(FILL_ORDER, 1) == _REVERSED
    dropped = {tag for tag, drop in ((FILL_ORDER, turned), (PLANAR, form.samples == 1)) if drop}
    kept = [
        _classic(_for_pillow(entry, form, variant), source, added, variant, apart=turned)
        for entry in (*page.entries, *_unsaid(page, form, variant))
        if is_needed(entry[0], entry[2]) and entry[0] not in dropped
    ]
    fax = None
    if form.compression in FAXES and (strips := _strips_apart(page, source, variant)) is not None:
        fax = _fax(page, form, lambda other: essence(source, number, other).content)
        kept = _with_ends(kept, fax.ended(strips, ending), len(source), added, variant)
    kept.sort(key=itemgetter(0))
    pixels = source.translate(TURNED) if turned else source  # Pillow turns some uncompressed forms only
    directory = struct.pack(classic.count, len(kept)) + b"".join(struct.pack(classic.entry, *entry) for entry in kept)
    head = _CLASSIC[variant.order] + struct.pack(classic.offset, len(source) + len(added))
    content = b"".join([head, memoryview(pixels)[len(head) :], added, directory, bytes(classic.word)])
    return Essence(content, page.one(ORIENTATION, 1), form, fax)


def _fax(page: Directory, form: Form, file: Callable[[Ending], bytes]) -> Fax:
    rows = min(page.one(ROWS, form.height), form.height)
    require(rows)
    return Fax(
        compression=form.compression,
        width=form.width,
        height=form.height,
        rows=rows,
        has_two_dimensions=bool(page.one(GROUP_3_OPTIONS, 0) & _TWO_DIMENSIONS),
        is_turned=page.one(FILL_ORDER, 1) == _REVERSED,
        file=file,
    )


def _strips_apart(page: Directory, source: bytes, variant: Variant) -> Sequence[bytes] | None:
    """Return the strips of a page, or None if they overlap, for a file may say that it has any number of them."""
    said = {entry[0]: entry for entry in page.entries if entry[0] in STRIPS}
    if len(said) < len(STRIPS):
        return None
    offsets, sizes = (_numbers(said[tag], source, variant) for tag in STRIPS)
    if len(offsets) != len(sizes) or sum(sizes) > len(source):
        return None
    return [source[offset : offset + size] for offset, size in zip(offsets, sizes, strict=True)]


def _with_ends(
    entries: Sequence[Entry], strips: Sequence[bytes], start: int, added: bytearray, variant: Variant
) -> list[Entry]:
    """Return the entries of a classic TIFF with each strip of a fax behind the file, an empty byte behind it.

    The decoder looks for the next code before it takes the last one, and loses that where the strip ends with it.
    """
    places = []
    for strip in strips:
        places.append(start + len(added))
        added += strip + b"\0"
    said: dict[int, Entry] = {}
    for tag, numbers in zip(STRIPS, (places, [len(strip) + 1 for strip in strips]), strict=True):
        added += bytes(len(added) % 2)
        word = packed = struct.pack(f"{variant.order}{len(numbers)}I", *numbers)
        if len(packed) > _CLASSIC_WORD:
            word = struct.pack(variant.order + "I", start + len(added))
            added += packed
        said[tag] = tag, LONG_TYPE, len(numbers), word
    return [said.get(entry[0], entry) for entry in entries]


def _check_segments(page: Directory, form: Form, source: bytes, variant: Variant) -> None:
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
    if form.compression in CHECKED and sum(counts) <= len(source):  # else they overlap
        needed = (
            _sizes_of_tiles(entries, form, source, variant) if tiled else _sizes_of_strips(page, form, len(offsets))
        )
        for offset, count, size in zip(offsets, counts, needed, strict=False):
            refuse_damaged(source[offset : offset + count], form.compression, size)
    if form.compression == _UNCOMPRESSED and not tiled and form.photometric in {BLACK_IS_ZERO, RGB}:
        _refuse_hollow(form, [memoryview(source)[at : at + size] for at, size in zip(offsets, counts, strict=False)])


def _refuse_hollow(form: Form, strips: Sequence[memoryview]) -> None:
    if form.format == UNSIGNED and form.bits in _WHOLE_BYTES:
        refuse_hollow_rows(strips, _bytes_of_row(form))
    elif form.format == UNSIGNED and form.bits in _PARTS_OF_A_BYTE:
        greys = [255 * grey // ((1 << form.bits) - 1) for grey in range(1 << form.bits)]
        refuse_hollow_rows(strips, _bytes_of_row(form), levels_of_bytes(greys, form.bits), several=True)


def _sizes_of_strips(page: Directory, form: Form, number: int) -> Sequence[int]:
    """Return the bytes that each strip has when it is not compressed. Raises ``HeaderDamaged`` if there are too few."""
    rows = min(page.one(ROWS, form.height), form.height)
    require(rows)
    planes, row = form.samples if form.planes == _SEPARATE else 1, _bytes_of_row(form)
    strips = -(-form.height // rows)
    require(number >= strips * planes)
    return [*[row * rows] * (strips - 1), row * (form.height - rows * (strips - 1))] * planes


def _sizes_of_tiles(entries: Mapping[int, Entry], form: Form, source: bytes, variant: Variant) -> Sequence[int]:
    """Return the bytes that each tile has when it is not compressed. Raises ``HeaderDamaged`` if they have no sides."""
    require({_TILE_WIDTH, _TILE_HEIGHT} <= entries.keys())
    width, height = (sum(_numbers(entries[tag], source, variant)[:1]) for tag in (_TILE_WIDTH, _TILE_HEIGHT))
    require(width and height)
    planes = form.samples if form.planes == _SEPARATE else 1
    number = -(-form.width // width) * -(-form.height // height) * planes
    return [height * _bytes_of_row(replace(form, width=width))] * number


def _bytes_of_row(form: Form) -> int:
    """Return the bytes of a row of uncompressed pixels, in one of their planes."""
    samples = 1 if form.planes == _SEPARATE else form.samples
    return (form.width * form.bits * samples + 7) // 8


def _numbers(entry: Entry, source: bytes, variant: Variant) -> tuple[int, ...]:
    """Return all values of an entry of whole numbers. Raises ``HeaderCut`` or ``HeaderDamaged``."""
    tag, kind, count, word = entry
    require(kind in TYPES and count <= _LONG.get(tag, _MOST_VALUES))
    form = f"{variant.order}{count}{TYPES[kind]}"
    return struct.unpack(form, _bytes_of(word, struct.calcsize(form), source, variant))


def _bytes_of(word: bytes, size: int, source: bytes, variant: Variant) -> bytes:
    """Return the bytes of an entry's values. Raises ``HeaderCut``."""
    if size <= variant.word:
        return word[:size]
    (start,) = struct.unpack(variant.offset, word)
    values = source[start : start + size]
    if len(values) < size:
        raise HeaderCut
    return values


def _classic(entry: Entry, source: bytes, added: bytearray, variant: Variant, *, apart: bool) -> Entry:
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
    require(kind in TYPES or kind == FRACTION)
    form = f"{variant.order}{2 * count}I" if kind == FRACTION else f"{variant.order}{count}{TYPES[kind]}"
    values = _bytes_of(word, struct.calcsize(form), source, variant)
    if form.endswith("Q"):
        kind, numbers = LONG_TYPE, struct.unpack(form, values)
        require(max(numbers) < 1 << 32)
        values = struct.pack(f"{variant.order}{count}I", *numbers)
    if len(values) > _CLASSIC_WORD:
        place = len(source) + len(added)
        added += values + bytes(len(values) % 2)
        values = struct.pack(variant.order + "I", place)
    return tag, kind, count, values.ljust(_CLASSIC_WORD, b"\0")


def _for_pillow(entry: Entry, form: Form, variant: Variant) -> Entry:
    """Return the entry, changed for forms that Pillow opens only under another name.

    Grey of 16 bits is declared as black is zero, 32 unsigned bits as signed, samples of no format as unsigned, and
    premultiplied colours as others, for their division is lossy. The caller knows.
    """
    tag = entry[0]
    if tag == PHOTOMETRIC and form.inverted:
        return tag, 3, 1, struct.pack(variant.order + "H", BLACK_IS_ZERO).ljust(variant.word, b"\0")
    if tag == EXTRA and form.premultiplied:
        return tag, 3, 1, struct.pack(variant.order + "H", ALPHA).ljust(variant.word, b"\0")
    if tag == FORMAT and form.format == UNSIGNED:
        return (
            tag,
            3,
            1,
            struct.pack(variant.order + "H", SIGNED if form.wraps else UNSIGNED).ljust(variant.word, b"\0"),
        )
    return entry


def _unsaid(page: Directory, form: Form, variant: Variant) -> Iterator[Entry]:
    """Yield an entry for unsigned samples where it is left out, because Pillow opens some of them as signed only."""
    if form.wraps and FORMAT not in page.values:
        yield FORMAT, _SHORT_TYPE, 1, struct.pack(variant.order + "H", UNSIGNED).ljust(variant.word, b"\0")


def _wide_colours(entry: Entry, source: bytes, variant: Variant) -> bytes | None:
    """Return the colour map in 16 bits, if its values are of 8, as some programs write them by mistake."""
    values = _numbers(entry, source, variant)
    if max(values, default=_WIDE) >= _WIDE:
        return None
    return struct.pack(f"{variant.order}{len(values)}H", *(value * _TO_WIDE for value in values))


def is_needed(tag: int, count: int) -> bool:
    """Return whether a decoder needs the values of a tag. Raises ``HeaderDamaged`` for too many of them."""
    if tag in _LONG:
        require(count <= _LONG[tag])
        return True
    if tag in _SHORT or (tag in READ and tag not in {NEW_SUBFILE, SUBFILE, ORIENTATION}):
        require(count <= _MOST_VALUES)
        return True
    return False
