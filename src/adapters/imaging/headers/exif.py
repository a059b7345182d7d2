"""The orientation in Exif data, which is a small TIFF (Exif 2.32, section 4.6)."""

import struct
from typing import Final

UPRIGHT: Final = 1

_ORDERS: Final = {b"II*\0": "<", b"MM\0*": ">"}
_ORIENTATION: Final = 0x0112
_SHORT: Final = 3
_ENTRY: Final = 12
_ENTRIES: Final = 512


def orientation_of(exif: bytes | None) -> int:
    """Return the orientation from 1 to 8; 1 for none, and for damaged data, which does not damage the picture."""
    if exif is None:
        return UPRIGHT
    exif = exif.removeprefix(b"Exif\0\0")
    order = _ORDERS.get(exif[:4])
    if order is None:
        return UPRIGHT
    try:
        (directory,) = struct.unpack_from(order + "I", exif, 4)
        (entries,) = struct.unpack_from(order + "H", exif, directory)
        for number in range(min(entries, _ENTRIES)):
            tag, kind, _, value = struct.unpack_from(order + "HHIH", exif, directory + 2 + number * _ENTRY)
            if tag == _ORIENTATION and kind == _SHORT:
                return value if UPRIGHT <= value <= 8 else UPRIGHT  # noqa: PLR2004 - the last orientation
    except struct.error:
        return UPRIGHT
    return UPRIGHT
