"""A stream with a read budget, because crafted headers can keep a parser busy for minutes."""

from io import BufferedIOBase
from typing import BinaryIO, Final

#: Budget that a call takes besides its bytes, because parsers that read byte by byte are the slow ones.
_CALL: Final = 256
_ALLOWANCE: Final = 16 * 1024 * 1024
#: How often a parser may read the whole file.
_TIMES: Final = 4


class ReadBudgetExceeded(Exception):
    """The parser read far more than the file contains."""


class BudgetedStream(BufferedIOBase):
    """Reads from ``content``. Past a budget of several times its size, reads raise ``ReadBudgetExceeded``.

    The parsing of some headers takes minutes (millions of empty segments, lists that overlap). An honest header takes a
    small part of the budget.
    """

    def __init__(self, content: BinaryIO) -> None:
        self._content = content
        self._left = _ALLOWANCE + _TIMES * content.seek(0, 2)
        content.seek(0)

    def read(self, size: int | None = -1, /) -> bytes:
        """Return the next bytes. Raises :class:`ReadBudgetExceeded`."""
        if self._left < 0:
            raise ReadBudgetExceeded
        chunk = self._content.read(-1 if size is None else size)
        self._left -= len(chunk) + _CALL
        return chunk

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Move to a position in the content."""
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
