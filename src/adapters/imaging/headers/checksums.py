"""Compressed data with a checksum at their end (zlib, xz), which a decoder does not look at when it has its pixels."""

import lzma
import zlib
from collections.abc import Callable, Mapping
from typing import Final

from adapters.imaging.headers.bounded import HeaderCut, HeaderDamaged

_ZLIB, _OLD_ZLIB, _XZ = 8, 32946, 34925
#: Bytes that are decompressed at once, and those that it may take to decompress xz.
_PIECE, _MOST_MEMORY = 1 << 20, 1 << 28
#: Zeros at the end of data that was cut, in a file of full length: as many as a checksum has.
_HOLLOW: Final = bytes(4)


def refuse_damaged(data: bytes, compression: int, size: int) -> None:
    """Raise ``HeaderCut`` or ``HeaderDamaged`` for data of this compression that were ``size`` bytes, and are not.

    More bytes are honest up to twice as many. Where just these are there, it does not matter that the end is cut.
    """
    try:
        found, has_ended, is_cut = _LOOKS[compression](data, 2 * size)
    except (zlib.error, lzma.LZMAError) as error:
        raise _fault(data) from error
    if not has_ended and found != size:
        raise HeaderCut if is_cut and found < size else _fault(data)


def _look_at_zlib(data: bytes, most: int) -> tuple[int, bool, bool]:
    """Return the bytes that are found, up to so many or some more, whether data end there, and whether they are cut."""
    inflater, found = zlib.decompressobj(), 0
    while data and found <= most:
        found += len(inflater.decompress(data, _PIECE))
        data = inflater.unconsumed_tail
    return found, inflater.eof, not data


def _look_at_xz(data: bytes, most: int) -> tuple[int, bool, bool]:
    reader, found = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_MOST_MEMORY), 0
    while not reader.eof and found <= most:
        found += len(reader.decompress(data, _PIECE))
        data = b""
        if reader.needs_input:
            break
    return found, reader.eof, reader.needs_input


def _fault(data: bytes) -> HeaderCut | HeaderDamaged:
    return HeaderCut() if data.endswith(_HOLLOW) else HeaderDamaged()


_LOOKS: Final[Mapping[int, Callable[[bytes, int], tuple[int, bool, bool]]]] = {
    _ZLIB: _look_at_zlib,
    _OLD_ZLIB: _look_at_zlib,
    _XZ: _look_at_xz,
}
#: The compressions of TIFFs that have one.
CHECKED: Final = frozenset(_LOOKS)
