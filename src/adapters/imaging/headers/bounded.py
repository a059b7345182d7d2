"""Reading of a header in a bounded number of steps and bytes."""

import os
import struct
from typing import BinaryIO, Final, NoReturn

#: Most reads of one header. An honest header takes a few dozen; the longest, a JPEG with a large profile, a thousand.
STEPS: Final = 4096
#: Most bytes of one header, the frames of a GIF aside.
BYTES: Final = 1 << 20


class HeaderCut(Exception):
    """The file ends within its header."""


class HeaderDamaged(Exception):
    """The header is invalid, or too long to be honest."""


class PageMissing(Exception):
    """The file has fewer pages."""


class NotRead(Exception):
    """The file is valid, but no decoder here reads it."""

    def __init__(self, kind: str) -> None:
        """``kind`` is its kind, with the article."""
        super().__init__(kind)


def not_read(kind: str) -> NoReturn:
    """Raise :class:`NotRead` for a file of this kind, with the article."""
    raise NotRead(kind)


class BoundedReader:
    """Reads pieces of a file at any offset. Past its limits every read raises ``HeaderDamaged``."""

    def __init__(self, content: BinaryIO, *, steps: float = STEPS, most: float = BYTES) -> None:
        self._content = content
        #: Bytes in the file.
        self.size = content.seek(0, os.SEEK_END)
        self._steps, self._left = steps, most

    def at(self, offset: int, size: int) -> bytes:
        """Return ``size`` bytes. Raises ``HeaderCut`` if the file ends before them."""
        piece = self.up_to(offset, size)
        if len(piece) < size:
            raise HeaderCut
        return piece

    def up_to(self, offset: int, size: int) -> bytes:
        """Return ``size`` bytes, or those until the end of the file."""
        self._steps -= 1
        self._left -= size
        if self._steps < 0 or self._left < 0:
            raise HeaderDamaged
        if offset >= self.size:  # no file can be sought at any number
            return b""
        self._content.seek(offset)
        return self._content.read(size)

    def numbers(self, offset: int, form: str) -> tuple[int, ...]:
        """Return whole numbers, unpacked by a form of :mod:`struct`. Raises ``HeaderCut``."""
        return struct.unpack(form, self.at(offset, struct.calcsize(form)))
