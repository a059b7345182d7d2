"""The rest of a stream as a request body that boto3 can send again."""

import base64
import hashlib
import io
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING, BinaryIO, Final, cast

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_CHUNK: Final = 1 << 20


class Rest(io.RawIOBase):
    """A seekable view of a stream from its current position, which becomes position 0, where boto3 restarts a retry."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._start = stream.tell()

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        """Read up to as many bytes as fit into the buffer."""
        view = memoryview(buffer).cast("B")
        content = self._stream.read(len(view))
        view[: len(content)] = content
        return len(content)

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Move to an offset from the start, the current position or the end."""
        start = self._start if whence == io.SEEK_SET else 0
        return self._stream.seek(start + offset, whence) - self._start

    def tell(self) -> int:
        """Return the position."""
        return self._stream.tell() - self._start

    def sha256(self) -> str:
        """Return the SHA-256 in base64, as S3 expects it, and rewind to position 0."""
        digest = hashlib.sha256()
        self.seek(0)
        while chunk := self.read(_CHUNK):
            digest.update(chunk)
        self.seek(0)
        return base64.b64encode(digest.digest()).decode()


@contextmanager
def rest_of(stream: BinaryIO) -> Iterator[Rest]:
    """Yield the rest of a stream. A stream that cannot seek is copied first, to disk if it is longer than 1 MiB."""
    if stream.seekable():
        yield Rest(stream)
        return
    with SpooledTemporaryFile(max_size=_CHUNK) as copy:
        while chunk := stream.read(_CHUNK):
            copy.write(chunk)
        copy.seek(0)
        yield Rest(cast("BinaryIO", copy))
