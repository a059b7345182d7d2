"""BMP: a header of one of seven lengths, a palette, rows from bottom to top."""

import struct
from io import BytesIO
from typing import Final

from adapters.imaging.headers.bounded import BoundedReader, not_read
from adapters.imaging.headers.header import PictureHeader, require
from adapters.imaging.headers.hollow import levels_of_bytes, refuse_hollow_end, refuse_hollow_rows

SIGNATURE: Final = b"BM"

_FILE_HEADER: Final = 14
#: The header of OS/2 1.x: sides of 16 bits, no compression.
_CORE: Final = 12
_LENGTHS: Final = frozenset({_CORE, 40, 52, 56, 64, 108, 124})
#: Lengths of OS/2's header, cut behind one of its fields, that no decoder here reads.
_OTHER_LENGTHS: Final = frozenset(range(16, 64, 4)) - _LENGTHS
_DEPTHS: Final = frozenset({1, 2, 4, 8, 16, 24, 32})
_MASKED: Final = 3
#: The bits of a byte.
_BYTE: Final = 8
#: Value of the compression field that is read -> the depths that it may have.
_COMPRESSIONS: Final = {
    0: frozenset({1, 4, 8, 16, 24, 32}),
    1: frozenset({8}),
    2: frozenset({4}),
    _MASKED: frozenset({16, 32}),
}
#: Those in runs of pixels, and what these end with.
_RUNS, _END_OF_RUNS = frozenset({1, 2}), b"\0\1"
#: The order of the web, which is read with alpha only.
_WEB, _WEB_ALPHA = (0xFF, 0xFF00, 0xFF0000), 0xFF000000
#: The shortest header with a mask of alpha.
_WITH_ALPHA: Final = 56
#: Depth -> the bit masks of red, green and blue that are read.
_MASKS: Final = {
    16: frozenset({(0xF800, 0x7E0, 0x1F), (0x7C00, 0x3E0, 0x1F)}),
    32: frozenset({(0xFF0000, 0xFF00, 0xFF), (0xFF000000, 0xFF0000, 0xFF00), _WEB}),
}
#: Depths with a palette, and of which a decoder here may take it for that of one bit.
_WITH_PALETTE: Final = frozenset({4, 8})
#: Form and offset of the bits of a pixel and of the colours of the palette (0: all).
_PALETTE_FIELDS: Final = (("<H", 28), ("<I", 46))
#: Offset of the offset of the pixels.
_PIXELS: Final = 10
_NAMES: Final = {4: "a BMP that contains a JPEG", 5: "a BMP that contains a PNG"}


def read_header(reader: BoundedReader) -> PictureHeader:
    """Return the header. Raises ``HeaderCut``, ``HeaderDamaged`` or ``NotRead``."""
    (length,) = reader.numbers(_FILE_HEADER, "<I")
    if length in _OTHER_LENGTHS:
        not_read(f"a BMP with a header of {length} bytes")
    require(length in _LENGTHS)
    if length == _CORE:
        width, height, planes, depth = reader.numbers(_FILE_HEADER + 4, "<HHHH")
        compression = 0
    else:
        width, height, planes, depth, compression = reader.numbers(_FILE_HEADER + 4, "<iiHHI")
    require(planes == 1 and depth in _DEPTHS and width >= 0)
    if depth not in _COMPRESSIONS.get(compression, ()):
        not_read(_NAMES.get(compression, f"a BMP of {depth} bits with the compression {compression}"))
    if compression == _MASKED and not _reads_masks(reader, length, depth):
        not_read(f"a BMP of {depth} bits with unusual bit masks")
    return PictureHeader("bmp", width, abs(height))  # a negative height reverses the order of the rows


def _reads_masks(reader: BoundedReader, length: int, depth: int) -> bool:
    masks = reader.numbers(_FILE_HEADER + 40, "<III")
    if masks == _WEB:
        return length >= _WITH_ALPHA and reader.numbers(_FILE_HEADER + 52, "<I")[0] == _WEB_ALPHA
    return masks in _MASKS[depth]


def refuse_cut(source: bytes) -> None:
    """Raise ``HeaderCut`` for a picture that ends in zeros, as far as it can be told."""
    reader = BoundedReader(BytesIO(source))
    (length,) = reader.numbers(_FILE_HEADER, "<I")
    (pixels,) = reader.numbers(_PIXELS, "<I")
    form = "<HHHH" if length == _CORE else "<iiHHI"
    width, height, _, depth, *compression = reader.numbers(_FILE_HEADER + 4, form)
    if compression and compression[0] in _RUNS:
        refuse_hollow_end(source, _END_OF_RUNS)
        return
    size = (width * depth + 31) // 32 * 4
    rows, levels = memoryview(source)[pixels : pixels + size * abs(height)], None
    if depth <= _BYTE:
        table, entry, number = _FILE_HEADER + length, 3 if length == _CORE else 4, 1 << depth
        colours = [source[at : at + 3] for at in range(table, min(pixels, table + number * entry), entry)]
        of_pixel = [sum(colour) // 3 for colour in colours]
        if not of_pixel or of_pixel[0]:
            return
        levels = levels_of_bytes([*of_pixel, *[0] * (number - len(of_pixel))], depth)
    refuse_hollow_rows([rows], size, levels, several=depth < _BYTE)


def essence(source: bytes) -> bytes:
    """Return the file with a palette of all colours that its depth has.

    A decoder here takes a palette of black and white for a picture of one bit, whatever its depth.
    """
    (length,) = struct.unpack_from("<I", source, _FILE_HEADER)
    if length == _CORE:  # which announces no number of colours
        return source
    depth, used = (struct.unpack_from(form, source, at)[0] for form, at in _PALETTE_FIELDS)
    colours = 1 << depth if depth in _WITH_PALETTE else 0
    if used == 0 or used >= colours:
        return source
    (pixels,) = struct.unpack_from("<I", source, _PIXELS)
    table, added = _FILE_HEADER + length, 4 * (colours - used)
    changed = bytearray(source[:table])
    struct.pack_into("<I", changed, _PIXELS, pixels + added)
    struct.pack_into("<II", changed, _FILE_HEADER + 32, colours, 0)
    end = table + 4 * used
    return b"".join([changed, source[table:end], bytes(added), source[end:]])
