"""A wire between a client and the server that is cut at a commit."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import Enum
from selectors import EVENT_READ, DefaultSelector
from threading import Thread
from typing import Final

from ocrcore.testing.patience import FOREVER

_COMMIT: Final = b"\x03COMMIT"  # the packet of a statement


class Cut(Enum):
    """Where the wire is cut."""

    BEFORE_IT_ARRIVES = "before"
    BEFORE_THE_ANSWER = "after"


@contextmanager
def wire_to(server_port: int, cut: Cut) -> Iterator[int]:
    """Yield a port that leads to the server's; each connection through it ends at its first commit of a change."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = Thread(target=_accept, args=(listener, server_port, cut))
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(FOREVER)


def _accept(listener: socket.socket, server_port: int, cut: Cut) -> None:
    with suppress(OSError):
        while True:
            client, _ = listener.accept()
            with client, socket.create_connection(("127.0.0.1", server_port)) as server, suppress(OSError):
                _carry(client, server, cut)


def _carry(client: socket.socket, server: socket.socket, cut: Cut) -> None:
    """Carry one connection; changed is what was sent after the first INSERT."""
    changed = False
    with DefaultSelector() as ready:
        ready.register(client, EVENT_READ, server)
        ready.register(server, EVENT_READ, client)
        while True:
            for key, _ in ready.select():
                source, target = (client, server) if key.data is server else (server, client)
                data = source.recv(65536)
                changed = changed or b"INSERT" in data
                is_the_commit = changed and source is client and _COMMIT in data
                if not data or (is_the_commit and cut is Cut.BEFORE_IT_ARRIVES):
                    return
                target.sendall(data)
                if is_the_commit:
                    server.recv(65536)  # the answer, which nobody will hear
                    return
