"""Room for uploads: how much of all uploads in progress is kept, and where."""

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, Final, cast

from entrypoints.http.problems import HttpProblem
from ocrcore.domain.codes import ProblemCode

#: Bytes of a request that are kept in memory; a longer one goes to disk.
SPOOL: Final = 64 * 1024
#: Most uploads in progress.
_MOST_UPLOADS: Final = 128
_BUSY: Final = "The service receives as many uploads as it has room for; try again in a few seconds."


class UploadRoom:
    """Counts the uploads in progress and their bytes, which lie in memory or in the temporary folder.

    An upload may be as slow as it likes, nearly. So an owner, or without keys an address, gets half of the room, or
    what a single upload needs, and the others always have the rest.
    """

    def __init__(self, most_bytes: int, most_uploads: int = _MOST_UPLOADS) -> None:
        self._bytes_left, self._uploads_left = most_bytes, most_uploads
        self._share = Share(most_uploads // 2, most_bytes // 2)
        self._of: dict[str, Taken] = {}

    @contextmanager
    def spool(self, owner: str | None = None) -> Iterator["Spool"]:
        """Yield the spool of one request; its bytes are given back at the end. Raises ``HttpProblem``: ``busy``.

        ``owner`` is whose it is; None where there is only one owner, who gets all of the room.
        """
        taken = Taken() if owner is None else self._of.setdefault(owner, Taken())
        if self._uploads_left <= 0 or (owner is not None and taken.uploads and taken.uploads >= self._share.uploads):
            raise HttpProblem(ProblemCode.BUSY, _BUSY)
        self._uploads_left -= 1
        taken.uploads += 1
        spool = Spool(self, owner, taken)
        try:
            yield spool
        finally:
            self._uploads_left += 1
            self._bytes_left += spool.size
            taken.uploads -= 1
            taken.bytes -= spool.size
            if owner is not None and not taken.uploads:
                del self._of[owner]
            spool.close()

    def take(self, size: int, owner: str | None, taken: "Taken") -> None:
        """Take room for some bytes of an owner. Raises ``HttpProblem``: ``busy``."""
        is_beyond = owner is not None and taken.uploads > 1 and taken.bytes + size > self._share.bytes
        if size > self._bytes_left or is_beyond:
            raise HttpProblem(ProblemCode.BUSY, _BUSY)
        self._bytes_left -= size
        taken.bytes += size


@dataclass(frozen=True, slots=True)
class Share:
    """The most of one owner."""

    uploads: int
    bytes: int


@dataclass(slots=True)
class Taken:
    """What an owner has."""

    uploads: int = 0
    bytes: int = 0


class Spool:
    """The files of one request, one after the other in one temporary file."""

    def __init__(self, room: UploadRoom, owner: str | None, taken: Taken) -> None:
        self._room, self._owner, self._taken = room, owner, taken
        self._file = SpooledTemporaryFile(SPOOL)  # noqa: SIM115 - closed by close()
        #: Bytes in it.
        self.size = 0

    def write(self, piece: bytes | bytearray) -> None:
        """Append a piece. Raises ``HttpProblem``: ``busy``, and ``OSError`` if the disk is full."""
        self._room.take(len(piece), self._owner, self._taken)
        self.size += len(piece)
        self._file.write(piece)

    def file(self, start: int, end: int) -> BinaryIO:
        """Return a part of it as a file of its own. Valid until the spool is closed, and for one thread at a time."""
        return cast("BinaryIO", _Part(cast("BinaryIO", self._file), start, end))

    def close(self) -> None:
        """Delete everything."""
        self._file.close()


class _Part(io.RawIOBase):
    """A part of a file, for reading."""

    def __init__(self, file: BinaryIO, start: int, end: int) -> None:
        self._file, self._start, self._size = file, start, end - start
        self._position = 0

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True."""
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """Move to a position in the part."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._size}[whence]
        self._position = max(0, base + offset)
        return self._position

    def tell(self) -> int:
        """Return the position in the part."""
        return self._position

    def read(self, size: int = -1, /) -> bytes:
        """Return the next bytes of the part."""
        left = max(0, self._size - self._position)
        self._file.seek(self._start + self._position)
        piece = self._file.read(left if size < 0 else min(size, left))
        self._position += len(piece)
        return piece

    def readinto(self, buffer: "memoryview[int] | bytearray", /) -> int:  # type: ignore[override] # the stubs' buffer
        """Fill a buffer with the next bytes of the part."""
        piece = self.read(len(buffer))
        buffer[: len(piece)] = piece
        return len(piece)
