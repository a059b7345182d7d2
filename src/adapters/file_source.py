"""Files as sources."""

import io
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO, Final

from ocrcore.ports.documents import Source

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

#: Most bytes that one call of the kernel reads.
_MOST: Final = 1 << 30


class _Reader(io.RawIOBase):
    """Reads a descriptor at a position of its own."""

    def __init__(self, descriptor: int, size: int) -> None:
        super().__init__()
        self._descriptor, self._size, self._position = descriptor, size, 0

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Change the position and return it."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        self._position = max(0, base + offset)
        return self._position

    def readinto(self, buffer: "WriteableBuffer") -> int:
        """Fill the buffer as far as one read of the kernel does."""
        count = os.preadv(self._descriptor, [buffer], self._position)
        self._position += count
        return count


class FileSource(Source):
    """The bytes of an open file, which closes with it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._size = os.fstat(file.fileno()).st_size

    @property
    def size(self) -> int:
        """The size of the file when it was opened."""
        return self._size

    def read(self) -> bytes:
        """Return all bytes. Raises ``EOFError`` for a file that has become shorter."""
        return b"".join(self.pieces())

    def opened(self) -> BinaryIO:
        """Return the file with a position of its own; it must not be used after this source is closed."""
        return io.BufferedReader(_Reader(self._file.fileno(), self._size))

    def fileno(self) -> int:
        """Return the descriptor of the file."""
        return self._file.fileno()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def pieces(self, most: int = _MOST) -> Iterator[bytes]:
        """Yield the bytes, up to so many at a time. Raises ``EOFError`` for a file that has become shorter."""
        offset = 0
        while offset < self._size:
            piece = os.pread(self._file.fileno(), min(most, self._size - offset), offset)
            if not piece:
                raise EOFError
            yield piece
            offset += len(piece)


def source_of(file: BinaryIO) -> FileSource:
    """Return the bytes of a file as they are now; the file stays open, and its position is not used."""
    file.flush()
    return FileSource(os.fdopen(os.dup(file.fileno()), "rb", buffering=0))
