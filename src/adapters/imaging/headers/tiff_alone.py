"""One page of a long TIFF as a file of its own, so that work on a page does not grow with the number of the others.

The directory says the same of the page as before, and the strips or tiles are copied. Whatever is odd about a page is
left to those who have the whole file before them.
"""

import struct
from collections.abc import Sequence
from itertools import islice
from math import inf
from typing import BinaryIO, Final

from adapters.imaging.headers.bounded import BoundedReader, HeaderCut, HeaderDamaged
from adapters.imaging.headers.header import require
from adapters.imaging.headers.tiff_directories import READ, TYPES, VARIANTS, Directory, Entry, Variant, pages_of
from adapters.imaging.headers.tiff_page import FRACTION, LONG_TYPE, OLD_JPEG, STRIPS, TILES, is_needed

_SIZES: Final = {FRACTION: 8, **{kind: struct.calcsize(form) for kind, form in TYPES.items()}}


def page_alone(file: BinaryIO, number: int) -> bytes | None:
    """Return a TIFF whose only page is this one, counted from 1, or None where it is odd, damaged or missing.

    Reads the directories up to the page, and of the rest what belongs to the page.
    """
    reader = BoundedReader(file, steps=inf, most=inf)  # for the processor's time is limited
    try:
        variant = VARIANTS[reader.at(0, 4)]
        page = next(islice(pages_of(reader, variant), number - 1, None), None) if number > 0 else None
        return None if page is None else _alone(reader, page, variant)
    except (HeaderCut, HeaderDamaged):
        return None


def _alone(reader: BoundedReader, page: Directory, variant: Variant) -> bytes | None:
    """Return the page, or None if its pixels are not in strips or tiles that lie apart. Raises as readers do."""
    entries = {entry[0]: entry for entry in page.entries if entry[0] in READ or is_needed(entry[0], entry[2])}
    places = [pair for pair in (STRIPS, TILES) if not entries.keys().isdisjoint(pair)]
    known = len(places) == 1 and entries.keys() >= {*places[0]} and entries.keys().isdisjoint(OLD_JPEG)
    if not known or len({entry[0] for entry in page.entries}) < len(page.entries):
        return None
    values = {tag: _value(reader, entry, variant) for tag, entry in entries.items()}
    offsets, sizes = (_numbers(entries[tag], values[tag], variant) for tag in places[0])
    if len(offsets) != len(sizes) or not all(sizes) or sum(sizes) > reader.size:
        return None
    first = variant.first + variant.word
    content = bytearray(reader.at(0, first))
    moved = []
    for offset, size in zip(offsets, sizes, strict=True):
        moved.append(len(content))
        content += reader.at(offset, size) + bytes(size % 2)
    require(len(content) < 1 << 32)
    at = places[0][0]
    entries[at] = at, LONG_TYPE, len(moved), b""
    values[at] = struct.pack(f"{variant.order}{len(moved)}I", *moved)
    kept = []
    for tag, (_, kind, count, _) in entries.items():
        word = values[tag]
        if len(word) > variant.word:
            word = struct.pack(variant.offset, len(content))
            content += values[tag] + bytes(len(values[tag]) % 2)
        kept.append(struct.pack(variant.entry, tag, kind, count, word))
    content[variant.first : first] = struct.pack(variant.offset, len(content))
    return b"".join([content, struct.pack(variant.count, len(kept)), *kept, bytes(variant.word)])


def _value(reader: BoundedReader, entry: Entry, variant: Variant) -> bytes:
    """Return the bytes of an entry's values. Raises ``HeaderCut``, and ``HeaderDamaged`` for a type without a size."""
    _, kind, count, word = entry
    require(kind in _SIZES)
    size = count * _SIZES[kind]
    if size <= variant.word:
        return word[:size]
    (start,) = struct.unpack(variant.offset, word)
    return reader.at(start, size)


def _numbers(entry: Entry, value: bytes, variant: Variant) -> Sequence[int]:
    _, kind, count, _ = entry
    require(kind in TYPES)
    return struct.unpack(f"{variant.order}{count}{TYPES[kind]}", value)
