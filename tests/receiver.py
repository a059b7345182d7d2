"""A receiver of webhooks of the tests' own: a server on a port of this machine that answers as it is told."""

import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Any

from standardwebhooks.webhooks import Webhook as Verifier

from certificates import Authority


@dataclass
class Receiver:
    """What the receiver answers, and what it got. Use :func:`receiving`."""

    port: int = 0
    scheme: str = "http"
    #: The status of each answer, or what returns it; called with the number of the request, from 0.
    answer: int | Callable[[int], int] = 200
    #: Headers of each answer.
    headers: dict[str, str] = field(default_factory=dict)
    got: list[tuple[Mapping[str, str], str]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    #: Requests that are being answered, and the most at a time.
    open: int = 0
    most_open: int = 0
    #: Answers wait for it.
    free: Event = field(default_factory=Event)
    lock: Lock = field(default_factory=Lock)

    def url(self, host: str = "127.0.0.1", path: str = "/hook?a=1") -> str:
        """Return an address of the receiver."""
        return f"{self.scheme}://{host}:{self.port}{path}"

    def bodies(self, secret: str) -> list[Any]:
        """Return the bodies that it got, each verified by the reference implementation of Standard Webhooks."""
        verifier = Verifier(secret)
        with self.lock:
            return [verifier.verify(body, dict(headers)) for headers, body in self.got]

    def ids(self) -> list[str]:
        """Return the ids of what it got."""
        with self.lock:
            return [headers["webhook-id"] for headers, _ in self.got]


@contextmanager
def receiving(authority: Authority | None = None, name: str = "localhost") -> Iterator[Receiver]:
    """Serve a receiver, with a certificate of the authority for the name, until the block ends."""
    receiver = Receiver()
    receiver.free.set()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            with receiver.lock:
                number = len(receiver.got)
                receiver.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
                receiver.paths.append(self.path)
                receiver.open += 1
                receiver.most_open = max(receiver.most_open, receiver.open)
            receiver.free.wait()
            answer = receiver.answer if isinstance(receiver.answer, int) else receiver.answer(number)
            self.send_response(answer)
            for header, value in receiver.headers.items():
                self.send_header(header, value)
            self.send_header("content-length", "0")
            self.end_headers()
            with receiver.lock:
                receiver.open -= 1

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            pass  # a client that is gone

    with Server(("127.0.0.1", 0), Handler) as server:
        if authority is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            certificate = authority.certify(name)
            context.load_cert_chain(certificate, Path(certificate).with_suffix(".key"))
            server.socket = context.wrap_socket(server.socket, server_side=True)
            receiver.scheme = "https"
        receiver.port = server.server_address[1]
        thread = Thread(target=server.serve_forever, args=[0.02], daemon=True)
        thread.start()
        try:
            yield receiver
        finally:
            receiver.free.set()
            server.shutdown()
            thread.join()
