"""The connections of the server: deadlines for the heads of requests, a limit of connections, and refusals as problems.

A client that opens connections and says nothing, or says it byte by byte, must not keep others out. Every process has a
limited number of file descriptors, and a connection costs one. So the head of a request must be complete a few seconds
after its connection was opened or after the answer before it was sent, and when there are too many connections, one
that is far behind with a head or a body is closed in favour of the new one (:mod:`entrypoints.http.connection_room`).
A client that does not read its answer is closed after a while, and so is one that reads it byte by byte: a file of the
most bytes would be read for weeks.

A refusal may be sent while the client still sends its body. A socket that is closed with bytes that nobody read resets
the connection, and a reset takes the answer from a client that has not read it yet; a proxy then answers 502. So such a
connection is only half closed, and what still comes is thrown away for a while.
"""

import asyncio
import fcntl
import json
import resource
import socket
import struct
import sys
import termios
import time
from collections.abc import Iterable, Sequence
from ipaddress import ip_network
from typing import Any, Final, cast
from uuid import uuid4

import h11
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle
from uvicorn.server import ServerState

from entrypoints.http.client_gone import RESET
from entrypoints.http.connection_room import Admission, Room
from entrypoints.http.middleware.response_headers import security_headers
from entrypoints.http.parser import MOST_AT_ONCE, Parser
from entrypoints.http.problems import MEDIA_TYPE, RETRY_AFTER, problem_fields
from entrypoints.networks import Network, is_within, parse_address
from ocrcore.domain.codes import ProblemCode

#: Seconds until the head of a request must be complete.
HEAD_SECONDS: Final = 10.0
#: The same for the connections of trusted proxies. A proxy must be the one who closes idle ones: a request that meets a
#: closed connection is lost. A load balancer of AWS keeps them for as long as it waits for an answer, at most 4000 s.
PROXY_SECONDS: Final = 4060.0
#: Seconds for which the rest of a body is thrown away after its refusal.
LINGER_SECONDS: Final = 5.0
#: Seconds in which a client must read some of an answer, and the bytes of each second, as of an upload.
READ_SECONDS: Final = 30.0
LEAST_SPEED: Final = 1000
#: How often its connection is looked at in that time, and the bytes that are not worth a look.
_LOOKS, _LITTLE = 15, 1 << 16
#: Connections that the kernel completes before the server accepts them.
BACKLOG: Final = 1024
#: Connections that the server accepts at a time. A few times as many are open before the first of them is looked at.
ACCEPTED_AT_ONCE: Final = 32
#: Seconds for a body to begin before its bytes are asked for.
_BEGINNING: Final = 1.0
_OF_HEALTH: Final = ("/health/live", "/health/ready")
#: Descriptors for everything but connections: files, databases, children, and those that were just accepted.
_RESERVE: Final = 256
_FEWEST_CONNECTIONS: Final = 64
_MOST_CONNECTIONS: Final = 8192
_MOST_STREAMS: Final = 1000
#: Closes a socket at once: what was not sent is dropped.
_RESET: Final = struct.pack("ii", 1, 0)
_MALFORMED: Final = "This is no well-formed HTTP/1.1 request; send it again with an HTTP library."
_BUSY: Final = "The service has too many connections; try again in a few seconds."


def most_connections() -> int:
    """Raise this process's limit of descriptors as far as it may, and return how many connections leave room."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return min(max(hard - _RESERVE, _FEWEST_CONNECTIONS), _MOST_CONNECTIONS)


def most_streams() -> int:
    """Return how many streams of events may be open: each holds a connection, and others need some, too."""
    return min(most_connections() // 2, _MOST_STREAMS)


class _LingeringTransport:
    """A transport whose ``close`` is the protocol's, and that counts; everything else is the transport's own."""

    def __init__(self, transport: asyncio.Transport, protocol: "GuardedProtocol") -> None:
        self._transport, self._protocol = transport, protocol
        #: Bytes that were written.
        self.written = 0

    def write(self, data: bytes) -> None:
        """Write some bytes."""
        self.written += len(data)
        self._transport.write(data)

    def close(self) -> None:
        """Close the connection, perhaps after a while."""
        self._protocol.close(self._transport)

    def is_closing(self) -> bool:
        """Return whether nothing more will be sent or handled."""
        return self._protocol.lingers or self._transport.is_closing()

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - as many types as a transport has methods
        return getattr(self._transport, name)


class GuardedProtocol(H11Protocol):
    """One connection. Subclasses of :func:`guarded_protocol` share a :class:`Room`."""

    room: Room
    #: Who shares the room with others; None for a proxy.
    address: str | None = None
    proxies: Sequence[Network] = ()

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, object],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, {**app_state, RESET: self.reset}, _loop)
        self.conn = Parser()
        self._late: asyncio.TimerHandle | None = None
        self._stalled: asyncio.TimerHandle | None = None
        self._lingering: asyncio.TimerHandle | None = None
        self._head_seconds = HEAD_SECONDS
        #: Bytes of answers that the client must have read in time, and the looks that are left to it.
        self._wanted, self._patience = 0.0, _LOOKS
        #: Since when the client is waited for, on the monotonic clock, and the bytes of a body that it has sent since.
        self._since, self._sent = 0.0, 0
        self._is_sending = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to wait for a head, or refuse the connection."""
        super().connection_made(cast("asyncio.Transport", transport))
        self.transport = cast("asyncio.Transport", _LingeringTransport(self.transport, self))
        peer = parse_address(self.client[0]) if self.client else None
        is_proxy = peer is not None and is_within(peer, self.proxies)
        self._head_seconds = PROXY_SECONDS if is_proxy else HEAD_SECONDS
        if is_proxy:
            self.timeout_keep_alive = int(PROXY_SECONDS)
        else:
            self.address = None if peer is None else str(peer)
        admission = self.room.enter(self, len(self.connections))
        if admission is Admission.REFUSED:
            self._refuse(ProblemCode.BUSY, _BUSY)
            return
        if admission is Admission.FOR_HEALTH:
            self.app = cast("Any", _OnlyHealth(cast("Any", self.app)))
        self._note_state()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop to wait."""
        self.room.end(self)
        self._stop_waiting()
        self._stop_watching()
        if self._lingering is not None:
            self._lingering.cancel()
        super().connection_lost(exc)

    def seconds_behind(self, now: float) -> float:
        """Return for how long the client is waited for, less what its body's bytes are worth; 0 if it need not send."""
        if not self._is_sending:
            return now - self._since
        return 0.0 if self.flow.read_paused else now - self._since - _BEGINNING - self._sent / LEAST_SPEED

    def abort(self) -> None:
        """Close the connection at once."""
        self.transport.abort()

    @property
    def lingers(self) -> bool:
        """Whether the connection is half closed, and what still comes is thrown away."""
        return self._lingering is not None

    def close(self, transport: asyncio.Transport) -> None:
        """Close the connection; if the client is still sending a body, only half of it for now.

        It closes when the client does, after :data:`LINGER_SECONDS`, or when it is closed once more.
        """
        if self.lingers or transport.is_closing() or self.conn.their_state not in {h11.SEND_BODY, h11.ERROR}:
            transport.close()
            return
        self._stop_waiting()
        try:
            transport.write_eof()
        except OSError:  # the client has reset the connection
            transport.abort()
            return
        self.flow.resume_reading()
        self._lingering = self.loop.call_later(LINGER_SECONDS, transport.abort)
        self._wait(is_sending=False)

    def reset(self) -> None:
        """Close the connection, and drop what the client has not read.

        Else the kernel would go on to send what it has, megabytes, for as long as the client reads a byte now and then.
        """
        if not self.transport.is_closing():
            self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self.transport.abort()

    def pause_writing(self) -> None:
        """Watch whether the client reads, for what is written to it piles up."""
        super().pause_writing()
        self._watch_reading()

    def resume_writing(self) -> None:
        """Stop to watch."""
        self._stop_watching()
        super().resume_writing()

    def data_received(self, data: bytes) -> None:
        """Take what has arrived, in pieces, because the parser limits only what has not arrived whole."""
        for start in range(0, len(data), MOST_AT_ONCE):
            if self.lingers:
                return
            self._sent += len(data[start : start + MOST_AT_ONCE])
            super().data_received(data[start : start + MOST_AT_ONCE])

    def handle_events(self) -> None:
        """Handle what has arrived."""
        super().handle_events()
        self._note_state()

    def on_response_complete(self) -> None:
        """Begin to wait for the next head."""
        super().on_response_complete()
        self._note_state()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - the server's own words are no help to a client
        """Answer something that is no request, or no request any more, as a problem."""
        self._refuse(ProblemCode.MALFORMED_REQUEST, _MALFORMED)

    def _note_state(self) -> None:
        if self.lingers:
            return
        cycle = cast("RequestResponseCycle | None", self.cycle)  # None until the first request
        waits = cycle is None or cycle.response_complete
        if not waits and self.conn.their_state is h11.SEND_BODY and not self.transport.is_closing():
            self._wait(is_sending=True)
        elif not waits or self.transport.is_closing():
            self._stop_waiting()
        elif not self._is_sent:
            self._watch_reading()
        elif self._late is None:
            self._wait(is_sending=False)
            self._late = self.loop.call_later(self._head_seconds, self.transport.abort)

    def _wait(self, *, is_sending: bool) -> None:
        """Begin to wait for the client, unless that has begun."""
        if self._since and self._is_sending == is_sending:
            return
        if is_sending:
            self._stop_waiting()
        self._since, self._sent, self._is_sending = time.monotonic(), 0, is_sending
        (self.room.wait_for_body if is_sending else self.room.wait_for_head)(self)

    def _watch_reading(self) -> None:
        """Look again in a while, unless that is going to happen."""
        if self._stalled is None:
            self._be_patient()
            self._stalled = self.loop.call_later(READ_SECONDS / _LOOKS, self._judge_reading)

    def _be_patient(self) -> None:
        """Give the client its time for the next bytes."""
        self._wanted, self._patience = self._read + READ_SECONDS * LEAST_SPEED, _LOOKS

    def _judge_reading(self) -> None:
        """Close the connection if the client has read nothing, or too little, for too long."""
        self._patience -= 1
        self._stalled = None
        if self._read >= self._wanted:
            self._be_patient()
        if self._is_sent:
            self._note_state()
        elif self._patience == 0:
            self.reset()
        else:
            self._stalled = self.loop.call_later(READ_SECONDS / _LOOKS, self._judge_reading)

    @property
    def _is_sent(self) -> bool:
        """Whether the kernel has all of the answers, and most of them are read; it delivers the rest by itself."""
        return self.transport.get_write_buffer_size() == 0 and self._still_unread() <= _LITTLE

    @property
    def _read(self) -> int:
        """How many bytes of answers the client has read."""
        return cast("_LingeringTransport", self.transport).written - self._still_unread()

    def _still_unread(self) -> int:
        """Return how many bytes of answers wait here and in the kernel, which keeps megabytes."""
        waiting = bytearray(4)
        fcntl.ioctl(self.transport.get_extra_info("socket").fileno(), termios.TIOCOUTQ, waiting)
        return self.transport.get_write_buffer_size() + int.from_bytes(waiting, sys.byteorder)

    def _stop_watching(self) -> None:
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None

    def _stop_waiting(self) -> None:
        self.room.leave(self)
        self._since, self._is_sending = 0.0, False
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _refuse(self, code: ProblemCode, sentence: str) -> None:
        """Answer with a problem, if no answer has begun, and close the connection."""
        if self.conn.our_state in {h11.IDLE, h11.SEND_RESPONSE}:
            status, headers, body = _refusal(code, sentence)
            answer = h11.Response(status_code=status, headers=headers)
            for event in (answer, h11.Data(data=body), h11.EndOfMessage()):
                self.transport.write(self.conn.send(event))
        self.transport.close()


class _OnlyHealth:
    """ASGI middleware of a connection that there is no room for: it answers how the service is, once."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""

        async def send_and_close(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"connection", b"close")]
            await send(message)

        if scope["path"].endswith(_OF_HEALTH):
            await self._app(scope, receive, send_and_close)
            return
        status, headers, body = _refusal(ProblemCode.BUSY, _BUSY)
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body, "more_body": False})


def _refusal(code: ProblemCode, sentence: str) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
    """Return the status, the headers and the body of a refusal that ends the connection."""
    request_id = str(uuid4())
    fields = problem_fields(code, sentence, request_id)
    body = json.dumps(fields).encode()
    headers = [
        (b"content-type", MEDIA_TYPE.encode()),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),
        *security_headers("", request_id),
        *([(b"retry-after", str(RETRY_AFTER).encode())] if code is ProblemCode.BUSY else []),
    ]
    return fields["status"], headers, body


def guarded_protocol(most: int, trusted_proxies: Iterable[str] = ()) -> type[GuardedProtocol]:
    """Return the class of the connections of one server, of which it keeps at most so many."""
    proxies = [ip_network(text) for text in trusted_proxies]
    return type("ServedProtocol", (GuardedProtocol,), {"room": Room(most), "proxies": proxies})
