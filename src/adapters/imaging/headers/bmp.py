"""BMP: a header of one of seven lengths, a palette, rows from bottom to top."""

from typing import Final

from adapters.imaging.headers.bounded import BoundedReader, not_read
from adapters.imaging.headers.header import PictureHeader, require

SIGNATURE: Final = b"BM"

_FILE_HEADER: Final = 14
#: The header of OS/2 1.x: sides of 16 bits, no compression.
_CORE: Final = 12
_LENGTHS: Final = frozenset({_CORE, 40, 52, 56, 64, 108, 124})
_DEPTHS: Final = frozenset({1, 2, 4, 8, 16, 24, 32})
_MASKED: Final = 3
#: Value of the compression field that is read -> the depths that it may have.
_COMPRESSIONS: Final = {
    0: frozenset({1, 4, 8, 16, 24, 32}),
    1: frozenset({8}),
    2: frozenset({4}),
    _MASKED: frozenset({16, 32}),
}
#: Depth -> the bit masks of red, green and blue that are read.
_MASKS: Final = {
    16: frozenset({(0xF800, 0x7E0, 0x1F), (0x7C00, 0x3E0, 0x1F)}),
    32: frozenset({(0xFF0000, 0xFF00, 0xFF), (0xFF000000, 0xFF0000, 0xFF00), (0xFF, 0xFF00, 0xFF0000)}),
}
_NAMES: Final = {4: "a BMP that contains a JPEG", 5: "a BMP that contains a PNG"}


def read_header(reader: BoundedReader) -> PictureHeader:
    """Return the header. Raises ``HeaderCut``, ``HeaderDamaged`` or ``NotRead``."""
    (length,) = reader.numbers(_FILE_HEADER, "<I")
    require(length in _LENGTHS)
    if length == _CORE:
        width, height, planes, depth = reader.numbers(_FILE_HEADER + 4, "<HHHH")
        compression = 0
    else:
        width, height, planes, depth, compression = reader.numbers(_FILE_HEADER + 4, "<iiHHI")
    require(planes == 1 and depth in _DEPTHS and width >= 0)
    if depth not in _COMPRESSIONS.get(compression, ()):
        not_read(_NAMES.get(compression, f"a BMP of {depth} bits with the compression {compression}"))
    if compression == _MASKED and reader.numbers(_FILE_HEADER + 40, "<III") not in _MASKS[depth]:
        not_read(f"a BMP of {depth} bits with unusual bit masks")
    return PictureHeader("bmp", width, abs(height))  # a negative height reverses the order of the rows
