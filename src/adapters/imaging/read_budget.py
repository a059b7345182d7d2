"""A stream that ends a parser's patience before it ends ours."""

from io import BufferedIOBase
from typing import BinaryIO, Final

#: What one call costs besides its bytes: parsers that go byte by byte are the slow ones.
_CALL: Final = 256
_ALLOWANCE: Final = 16 * 1024 * 1024
#: How often a parser may read the whole file.
_TIMES: Final = 4


class ReadBudgetExceeded(Exception):
    """A parser was led in circles."""


class BudgetedStream(BufferedIOBase):
    """Reads from ``content`` until the reads add up to several times its size.

    Headers exist whose parsing takes minutes (millions of empty segments, lists that overlap); an honest one takes a
    small part of the allowance.
    """

    def __init__(self, content: BinaryIO) -> None:
        self._content = content
        self._left = _ALLOWANCE + _TIMES * content.seek(0, 2)
        content.seek(0)

    def read(self, size: int | None = -1, /) -> bytes:
        """Return the next bytes. Raises :class:`ReadsTooMuch`."""
        if self._left < 0:
            raise ReadBudgetExceeded
        chunk = self._content.read(-1 if size is None else size)
        self._left -= len(chunk) + _CALL
        return chunk

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Move as the content does."""
        return self._content.seek(offset, whence)

    def tell(self) -> int:
        """Return the position in the content."""
        return self._content.tell()

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True."""
        return True
