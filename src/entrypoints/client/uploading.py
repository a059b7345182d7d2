"""The progress of an upload, whose body is read from the files while it is sent."""

from collections.abc import Callable, Iterator
from typing import cast

import httpx

#: Called with the bytes that are sent, and the total.
OnSent = Callable[[int, int], None]


def watch_upload(request: httpx.Request, on_sent: OnSent) -> None:
    """Call ``on_sent`` after each piece of the body that is sent."""
    stream = cast("httpx.SyncByteStream", request.stream)
    request.stream = _Watched(stream, int(request.headers["content-length"]), on_sent)


class _Watched(httpx.SyncByteStream):
    """A stream that reports each piece that is read from it."""

    def __init__(self, stream: httpx.SyncByteStream, total: int, on_sent: OnSent) -> None:
        self._stream, self._total, self._on_sent = stream, total, on_sent

    def __iter__(self) -> Iterator[bytes]:
        sent = 0
        for piece in self._stream:
            yield piece
            sent += len(piece)
            self._on_sent(sent, self._total)
