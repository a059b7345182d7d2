"""The health server of a worker: liveness, readiness and metrics, for load balancers and Prometheus.

It knows four paths, and has no keys, so it is as open as its address. A connection carries one request, whose head must
be there within a few seconds; more connections than a few are closed at once.
"""

import json
import logging
import socket
import socketserver
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final
from uuid import uuid4

from ocrcore import ProblemCode

#: Seconds for the head of a request, and for the answer to be taken.
_PATIENCE: Final = 5.0
#: Bytes of the longest head.
_LONGEST: Final = 8192
#: Connections at a time.
_MOST: Final = 32
_LINE_PARTS: Final = 3

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer to a request."""

    status: int
    body: bytes
    media_type: str = "application/json"


def fine() -> Answer:
    """Return the answer of a process that is alive or ready."""
    return Answer(HTTPStatus.OK, b'{"status": "ok"}')


def problem(status: int, code: ProblemCode, detail: str, **more: Any) -> Answer:  # noqa: ANN401 - members of any type
    """Return a problem answer, as the API gives it."""
    fields = {
        "type": f"urn:ocrcore:problem:{code}",
        "code": str(code),
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "instance": f"urn:uuid:{uuid4()}",
        **more,
    }
    return Answer(status, json.dumps(fields).encode(), "application/problem+json")


class HealthServer:
    """Answers ``GET`` and ``HEAD`` of these paths, in threads of its own. Raises ``OSError`` if it cannot listen."""

    def __init__(self, host: str, port: int, paths: Mapping[str, Callable[[], Answer]]) -> None:
        self._paths = dict(paths)
        self._room = threading.Semaphore(_MOST)
        self._server = _server(host, port, self._answer)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.2,), name="health", daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return int(self._server.server_address[1])

    def close(self) -> None:
        """Take no further request."""
        self._server.shutdown()
        self._server.server_close()

    def _answer(self, connection: socket.socket) -> None:
        if not self._room.acquire(blocking=False):
            return
        try:
            head = _read_head(connection)
            if head:
                answer = self._answer_to(head)
                connection.settimeout(_PATIENCE)
                connection.sendall(_encoded(answer, has_body=not head.startswith(b"HEAD ")))
        except OSError:
            _log.debug("a health check was given up by its client", exc_info=True)
        finally:
            self._room.release()

    def _answer_to(self, head: bytes) -> Answer:
        line = head.partition(b"\r\n")[0].decode("latin-1").split(" ")
        if len(line) != _LINE_PARTS or not line[2].startswith("HTTP/1."):
            return problem(HTTPStatus.BAD_REQUEST, ProblemCode.MALFORMED_REQUEST, "This is no HTTP/1.1 request.")
        method, path = line[0], line[1].partition("?")[0]
        if path not in self._paths:
            there = ", ".join(sorted(self._paths))
            return problem(
                HTTPStatus.NOT_FOUND, ProblemCode.NOT_FOUND, f"Nothing is at this address; there are: {there}."
            )
        if method not in {"GET", "HEAD"}:
            return problem(HTTPStatus.METHOD_NOT_ALLOWED, ProblemCode.METHOD_NOT_ALLOWED, "Use GET.")
        try:
            return self._paths[path]()
        except Exception:  # noqa: BLE001 - a check that fails must be answered
            _log.exception("unexpected error in a health check")
            detail = "A fault of this process; its log says more."
            return problem(HTTPStatus.INTERNAL_SERVER_ERROR, ProblemCode.INTERNAL_ERROR, detail)


def _read_head(connection: socket.socket) -> bytes:
    """Return the head of a request; nothing if it is not whole in time, or too long."""
    end, head = time.monotonic() + _PATIENCE, b""
    while b"\r\n\r\n" not in head:
        left = end - time.monotonic()
        if left <= 0 or len(head) > _LONGEST:
            return b""
        connection.settimeout(left)
        more = connection.recv(_LONGEST)
        if not more:
            return b""
        head += more
    return head


def _encoded(answer: Answer, *, has_body: bool) -> bytes:
    status = HTTPStatus(answer.status)
    lines = [
        f"HTTP/1.1 {status.value} {status.phrase}",
        f"Content-Type: {answer.media_type}",
        f"Content-Length: {len(answer.body)}",
        "Cache-Control: no-store",
        "X-Content-Type-Options: nosniff",
        "Connection: close",
        *(["Allow: GET, HEAD"] if status is HTTPStatus.METHOD_NOT_ALLOWED else []),
        *(["Retry-After: 5"] if status is HTTPStatus.SERVICE_UNAVAILABLE else []),
    ]
    return "\r\n".join([*lines, "", ""]).encode() + (answer.body if has_body else b"")


def _server(host: str, port: int, answer: Callable[[socket.socket], None]) -> socketserver.ThreadingTCPServer:
    class Server(socketserver.ThreadingTCPServer):
        address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        allow_reuse_address = True
        daemon_threads = True
        block_on_close = False
        request_queue_size = 2 * _MOST

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            answer(self.request)

    return Server((host, port), Handler)
