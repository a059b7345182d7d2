"""The parser of requests, with limits on what costs more than its bytes.

A field of a head costs as much as hundreds of bytes, and so does a piece of a body, which may be of one byte.

A request may name its address in full, as it does to a proxy (RFC 9112, section 3.2.2). Then the host of the address
counts, and that of the Host header is ignored.
"""

import re
from typing import Final

import h11

#: Most fields of a head.
MOST_FIELDS: Final = 100
#: Most bytes of a head, or of the fields behind a body, that are looked at together; twice as many may be taken.
MOST_AT_ONCE: Final = 16 * 1024
#: The pieces of a body after which they must have so many bytes on average.
_PIECES, _LEAST_PIECE = 256, 64
_ABSOLUTE: Final = re.compile(rb"https?://([^/?]+)(.*)", re.IGNORECASE)
_END_OF_HEAD: Final = re.compile(rb"\n\r?\n")


class Parser(h11.Connection):
    """Counts the fields of each head, and the pieces of each body.

    Raises ``RemoteProtocolError`` for too many fields, and for pieces that are too small.
    """

    def __init__(self) -> None:
        super().__init__(h11.SERVER, max_incomplete_event_size=MOST_AT_ONCE)
        self._pieces = self._bytes = 0

    def next_event(self) -> "type[h11.NEED_DATA | h11.PAUSED] | h11.Event":
        """Return the next event."""
        if self.their_state is h11.IDLE:
            self._count_fields()
        event = super().next_event()
        if isinstance(event, h11.Request):
            self._pieces = self._bytes = 0
            _require_one_framing(event)
            return _in_origin_form(event)
        if isinstance(event, h11.Data):
            self._count_piece(len(event.data))
        return event

    def _count_fields(self) -> None:
        """Count the fields of a head before it is parsed, which takes long."""
        waiting, _ = self.trailing_data
        end = _END_OF_HEAD.search(waiting)
        if waiting.count(b"\n", 0, end.start() if end else len(waiting)) > MOST_FIELDS:
            msg = "the head has too many fields"
            raise h11.RemoteProtocolError(msg)

    def _count_piece(self, size: int) -> None:
        self._pieces += 1
        self._bytes += size
        if self._pieces > _PIECES and self._bytes < _LEAST_PIECE * self._pieces:
            msg = "the pieces of the body are too small"
            raise h11.RemoteProtocolError(msg)


def _require_one_framing(request: h11.Request) -> None:
    """Raise ``RemoteProtocolError`` for a request that tells in two ways where its body ends.

    Who is between it and us may go by the other one, and take a part of the body for a request of somebody else. In
    HTTP/1.0 there are no pieces (RFC 9112, section 6.1).
    """
    names = {name for name, _ in request.headers}
    if b"transfer-encoding" in names and (b"content-length" in names or request.http_version < b"1.1"):
        msg = "the end of the body is told in two ways"
        raise h11.RemoteProtocolError(msg)


def _in_origin_form(request: h11.Request) -> h11.Request:
    """Return a request as it would be without the scheme and the host in its address.

    Raises ``RemoteProtocolError`` for a target that has none of the forms that a server takes.
    """
    whole = _ABSOLUTE.fullmatch(request.target)
    if whole is None:
        if request.target.startswith(b"/") or (request.method, request.target) == (b"OPTIONS", b"*"):
            return request
        msg = "the target is no address of a server"
        raise h11.RemoteProtocolError(msg)
    authority, target = whole.groups()
    if not target.startswith(b"/"):
        target = b"*" if request.method == b"OPTIONS" and not target else b"/" + target
    headers = [(b"host", authority), *((name, value) for name, value in request.headers if name != b"host")]
    return h11.Request(method=request.method, target=target, headers=headers, http_version=request.http_version)
