"""The body of a submission: a form that is read from its files while it is sent."""

from collections.abc import Callable, Iterator
from typing import cast

import httpx

#: Called with how many bytes are sent, and how many there are.
OnSent = Callable[[int, int], None]


def watch_upload(request: httpx.Request, on_sent: OnSent) -> None:
    """Let ``on_sent`` hear of every piece of the body that is sent."""
    stream = cast("httpx.SyncByteStream", request.stream)
    request.stream = _Watched(stream, int(request.headers["content-length"]), on_sent)


class _Watched(httpx.SyncByteStream):
    """Another stream, and who is told of it."""

    def __init__(self, stream: httpx.SyncByteStream, total: int, on_sent: OnSent) -> None:
        self._stream, self._total, self._on_sent = stream, total, on_sent

    def __iter__(self) -> Iterator[bytes]:
        sent = 0
        for piece in self._stream:
            yield piece
            sent += len(piece)
            self._on_sent(sent, self._total)
