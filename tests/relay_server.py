"""A server before a server: passes requests on, and spoils answers as ordered."""

import http.client
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

#: Gets an answer's status, headers and body and gives others, or None for no answer at all.
Fault = Callable[[int, dict[str, str], bytes], tuple[int, dict[str, str], bytes] | None]


def lose(status: int, headers: dict[str, str], body: bytes) -> None:
    """Close the connection instead of answering, after the request had its effect."""


def cut(status: int, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
    """Promise the whole body and send half of it."""
    return status, {**headers, "Content-Length": str(len(body))}, body[: len(body) // 2]


def spoil(status: int, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
    """Send other bytes than were promised, as many of them."""
    return status, headers, bytes(len(body))


def answer(status: int, body: str) -> Fault:
    """Return a fault that answers something else, in XML or JSON."""
    kind = "application/xml" if body.startswith("<") else "application/x-amz-json-1.0"
    return lambda *_: (status, {"Content-Type": kind, "Content-Length": str(len(body))}, body.encode())


@dataclass(slots=True)
class Relay:
    """The address of the server, and the faults of the answers to come, in order; None is an answer as it is."""

    url: str = ""
    faults: deque[Fault | None] = field(default_factory=deque)
    #: Method, path and headers of every request.
    seen: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)


@contextmanager
def relay_to(target: str) -> Iterator[Relay]:
    """Yield a server that passes on to the target."""
    relay = Relay()
    where = urlsplit(target)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_one_request(self) -> None:
            with suppress(ConnectionError):
                super().handle_one_request()

        def pass_on(self) -> None:
            content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            relay.seen.append((self.command, self.path, dict(self.headers)))
            headers = {name: text for name, text in self.headers.items() if name != "Expect"}
            onward = http.client.HTTPConnection(where.hostname or "", where.port)
            onward.request(self.command, self.path, content, headers)
            got = onward.getresponse()
            body = got.read()
            kept = {name: text for name, text in got.getheaders() if name not in {"Transfer-Encoding", "Connection"}}
            onward.close()
            fault = relay.faults.popleft() if relay.faults else None
            self.reply((got.status, kept, body) if fault is None else fault(got.status, kept, body))

        def reply(self, told: tuple[int, dict[str, str], bytes] | None) -> None:
            self.close_connection = True
            if told is None:
                return
            status, headers, body = told
            self.send_response_only(status)
            for name, text in headers.items():
                self.send_header(name, text)
            self.send_header("Connection", "close")  # or a client may send its next request into the closed connection
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = pass_on  # noqa: N815 - as they are called there

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as it is called there
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    relay.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield relay
    server.shutdown()
    server.server_close()
    thread.join()
