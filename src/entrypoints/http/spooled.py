"""Answers that are written to a temporary file first, and sent from there as fast as the client reads."""

from collections.abc import Iterator
from contextvars import ContextVar
from tempfile import SpooledTemporaryFile

from litestar.types import ASGIApp, Receive, Scope, Send

#: Bytes that are kept in memory (a longer document goes to disk), and bytes of a chunk that is sent.
_SPOOL, _CHUNK = 1 << 16, 1 << 16


#: The files of the request that is being answered.
_files: ContextVar[list[SpooledTemporaryFile[bytes]] | None] = ContextVar("spooled_files", default=None)


class Spools:
    """ASGI middleware that closes the files of a request at its end, also if its client went away in between."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        files: list[SpooledTemporaryFile[bytes]] = []
        token = _files.set(files)
        try:
            await self._app(scope, receive, send)
        finally:
            _files.reset(token)
            for file in files:
                file.close()


def spooled(pieces: Iterator[bytes]) -> tuple[int, Iterator[bytes]]:
    """Return the size and the content of a document. All of it is written first, so errors precede the answer."""
    file = SpooledTemporaryFile(_SPOOL)  # noqa: SIM115 - closed after it is read
    if (files := _files.get()) is not None:
        files.append(file)
    try:
        for piece in pieces:
            for start in range(0, len(piece), _CHUNK):  # at once it would be copied in memory before it goes to disk
                file.write(memoryview(piece)[start : start + _CHUNK])
        size = file.tell()
        file.seek(0)
    except BaseException:
        file.close()
        raise

    def read() -> Iterator[bytes]:
        with file:
            yield b""
            for _ in range(_CHUNK, size, _CHUNK):
                yield file.read(_CHUNK)
            last = file.read()
        yield last  # when the client has it, the file is closed

    document = read()
    next(document)  # from here on the file is closed with the generator, even if the client reads nothing
    return size, document
