"""Files as sources."""

import os
from collections.abc import Iterator
from typing import BinaryIO

from ocrcore.ports.documents import Source

#: Most bytes that one call of the kernel reads.
_MOST = 1 << 30


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
        return b"".join(self._pieces())

    def fileno(self) -> int:
        """Return the descriptor of the file."""
        return self._file.fileno()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _pieces(self) -> Iterator[bytes]:
        offset = 0
        while offset < self._size:
            piece = os.pread(self._file.fileno(), min(_MOST, self._size - offset), offset)
            if not piece:
                raise EOFError
            yield piece
            offset += len(piece)
