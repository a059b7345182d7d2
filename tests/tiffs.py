"""TIFFs of any form, written here, because no library writes all of them."""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal

import imagecodecs
import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, PALETTE, CMYK, YCBCR, LAB = 0, 1, 2, 3, 5, 6, 8
UNSIGNED, SIGNED, FLOAT = 1, 2, 3
NONE, LZW, DEFLATE, PACKBITS, OLD_DEFLATE, LZMA, ZSTD = 1, 5, 8, 32773, 32946, 34925, 50000
COMPRESSIONS: Final = (NONE, LZW, DEFLATE, PACKBITS, OLD_DEFLATE, LZMA, ZSTD)
_KINDS: Final = {UNSIGNED: "u", SIGNED: "i", FLOAT: "f"}
_TILE: Final = 16


@dataclass(frozen=True)
class Form:
    """The form of a TIFF's pixels."""

    photometric: int
    bits: int
    format: int = UNSIGNED
    samples: int = 1
    #: The kinds of the samples that are no colour: 0 anything, 1 premultiplied alpha, 2 alpha.
    extra: tuple[int, ...] = ()

    @property
    def dtype(self) -> str:
        """The smallest type of numpy that holds a sample."""
        return f"{_KINDS[self.format]}{max(1, 1 << (self.bits - 1).bit_length() >> 3)}"


@dataclass(frozen=True)
class Writing:
    """How the pixels are stored, which changes nothing about them."""

    order: str = "<"
    big: bool = False
    compression: int = NONE
    separate: bool = False
    tiled: bool = False
    rows: int = 1 << 30
    predictor: bool = False
    reversed_bits: bool = False
    orientation: int = 1


def noise(form: Form, size: tuple[int, int], seed: int) -> Array:
    """Return random samples: height, width, samples."""
    random = np.random.default_rng(seed)
    shape = (size[1], size[0], form.samples)
    if form.format == FLOAT:
        return random.random(shape).astype(form.dtype)
    low = -(1 << (form.bits - 1)) if form.format == SIGNED else 0
    return random.integers(low, low + (1 << form.bits), shape, dtype="int64").astype(form.dtype)


def write(pixels: Array, form: Form, how: Writing, palette: Array | None = None) -> bytes:
    """Return a TIFF with one directory, at its end."""
    height, width, _ = pixels.shape
    head = 16 if how.big else 8
    content = bytearray(head)
    offsets, sizes = [], []
    for segment in _segments(pixels, how):
        piece = _encoded(segment, form, how)
        offsets.append(len(content))
        sizes.append(len(piece))
        content += piece + bytes(len(piece) % 2)
    places, counts = (324, 325) if how.tiled else (273, 279)
    tags: dict[int, tuple[int, list[int]]] = {
        256: (4, [width]),
        257: (4, [height]),
        258: (3, [form.bits] * form.samples),
        259: (3, [how.compression]),
        262: (3, [form.photometric]),
        266: (3, [2 if how.reversed_bits else 1]),
        places: (4, offsets),
        274: (3, [how.orientation]),
        277: (3, [form.samples]),
        counts: (4, sizes),
        284: (3, [2 if how.separate else 1]),
        339: (3, [form.format] * form.samples),
    }
    if how.tiled:
        tags |= {322: (3, [_TILE]), 323: (3, [_TILE])}
    else:
        tags[278] = (4, [min(how.rows, height)])
    if how.predictor:
        tags[317] = (3, [2])
    if form.extra:
        tags[338] = (3, list(form.extra))
    if palette is not None:
        tags[320] = (3, [int(value) for value in palette.ravel()])
    return _with_directory(content, tags, how)


def _segments(pixels: Array, how: Writing) -> Iterator[Array]:
    planes = [pixels[..., n : n + 1] for n in range(pixels.shape[2])] if how.separate else [pixels]
    for plane in planes:
        height, width, samples = plane.shape
        if not how.tiled:
            for y in range(0, height, how.rows):
                yield plane[y : y + how.rows]
            continue
        for y in range(0, height, _TILE):
            for x in range(0, width, _TILE):
                tile = np.zeros((_TILE, _TILE, samples), plane.dtype)
                part = plane[y : y + _TILE, x : x + _TILE]
                tile[: part.shape[0], : part.shape[1]] = part
                yield tile


def _encoded(segment: Array, form: Form, how: Writing) -> bytes:
    if how.predictor:
        segment = np.concatenate([segment[:, :1], np.diff(segment, axis=1)], axis=1)
    if form.bits in {8, 16, 32, 64}:
        order: Literal["<", ">"] = ">" if how.order == ">" else "<"
        raw: bytes | bytearray = segment.astype(segment.dtype.newbyteorder(order)).tobytes()
    else:
        rows = segment.reshape(segment.shape[0], -1).astype(">u2")
        bits = np.unpackbits(rows.view("u1").reshape(*rows.shape, 2), axis=2)[:, :, 16 - form.bits :]
        raw = np.packbits(bits.reshape(rows.shape[0], -1), axis=1).tobytes()
    row = len(raw) // segment.shape[0]
    match how.compression:
        case c if c == LZW:
            raw = imagecodecs.lzw_encode(raw)
        case c if c in {DEFLATE, OLD_DEFLATE}:
            raw = zlib.compress(raw)
        case c if c == PACKBITS:
            raw = b"".join(imagecodecs.packbits_encode(raw[at : at + row]) for at in range(0, len(raw), row))
        case c if c == LZMA:
            raw = imagecodecs.lzma_encode(raw)
        case c if c == ZSTD:
            raw = imagecodecs.zstd_encode(raw)
    if how.reversed_bits:
        raw = imagecodecs.bitorder_encode(raw)
    return bytes(raw)


def _with_directory(content: bytearray, tags: dict[int, tuple[int, list[int]]], how: Writing) -> bytes:
    order = how.order
    word, count, entry = (8, order + "Q", order + "HHQ") if how.big else (4, order + "H", order + "HHI")
    entries = []
    for tag, (kind, values) in sorted(tags.items()):
        packed = struct.pack(f"{order}{len(values)}{'H' if kind == 3 else 'I'}", *values)
        if len(packed) > word:
            place = len(content)
            content += packed + bytes(len(packed) % 2)
            packed = struct.pack(order + ("Q" if how.big else "I"), place)
        entries.append(struct.pack(entry, tag, kind, len(values)) + packed.ljust(word, b"\0"))
    place = len(content)
    content += struct.pack(count, len(entries)) + b"".join(entries) + bytes(word)
    mark = b"II" if order == "<" else b"MM"
    if how.big:
        content[:16] = mark + struct.pack(order + "HHHQ", 43, 8, 0, place)
    else:
        content[:8] = mark + struct.pack(order + "HI", 42, place)
    return bytes(content)
