"""What is left of a stream, as a body that can be sent again."""

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
    """A seekable stream from its current position on, which is 0 here: a retry of boto3 begins again at 0."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._start = stream.tell()

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        """Read up to as many bytes as fit."""
        view = memoryview(buffer).cast("B")
        content = self._stream.read(len(view))
        view[: len(content)] = content
        return len(content)

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Go to an offset from the start, the present position or the end."""
        start = self._start if whence == io.SEEK_SET else 0
        return self._stream.seek(start + offset, whence) - self._start

    def tell(self) -> int:
        """Return the position."""
        return self._stream.tell() - self._start

    def sha256(self) -> str:
        """Return the checksum as S3 writes it; the position is 0 then."""
        digest = hashlib.sha256()
        self.seek(0)
        while chunk := self.read(_CHUNK):
            digest.update(chunk)
        self.seek(0)
        return base64.b64encode(digest.digest()).decode()


@contextmanager
def rest_of(stream: BinaryIO) -> Iterator[Rest]:
    """Yield what is left of any stream; one that cannot seek is copied, to disk when it is long."""
    if stream.seekable():
        yield Rest(stream)
        return
    with SpooledTemporaryFile(max_size=_CHUNK) as copy:
        while chunk := stream.read(_CHUNK):
            copy.write(chunk)
        copy.seek(0)
        yield Rest(cast("BinaryIO", copy))
