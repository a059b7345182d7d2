"""The orientation in Exif data, which is a small TIFF (Exif 2.32, section 4.6)."""

import struct
from typing import Final

UPRIGHT: Final = 1
#: The first of the orientations that turn a picture on its side.
_ON_ITS_SIDE: Final = 5

_ORDERS: Final = {b"II*\0": "<", b"MM\0*": ">"}
_ORIENTATION: Final = 0x0112
#: SHORT, as the standard has it, and LONG, as some programs write it.
_KINDS: Final = {3: "H", 4: "I"}
_ENTRY: Final = 12
_ENTRIES: Final = 512


def is_on_its_side(orientation: int) -> bool:
    """Return whether the width of the stored picture is the height of the shown one."""
    return orientation >= _ON_ITS_SIDE


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
            place = directory + 2 + number * _ENTRY
            tag, kind, _ = struct.unpack_from(order + "HHI", exif, place)
            if tag == _ORIENTATION and kind in _KINDS:
                (value,) = struct.unpack_from(order + _KINDS[kind], exif, place + 8)
                return value if UPRIGHT <= value <= 8 else UPRIGHT  # noqa: PLR2004 - the last orientation
    except struct.error:
        return UPRIGHT
    return UPRIGHT
