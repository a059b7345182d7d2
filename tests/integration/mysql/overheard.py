"""A wire between a client and a server that keeps what the client says."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from selectors import EVENT_READ, DefaultSelector
from threading import Thread

from ocrcore.testing.patience import FOREVER


@contextmanager
def overheard(server_port: int) -> Iterator[tuple[int, bytearray]]:
    """Yield a port that leads to the server's, and what the client of the first connection sends, as it comes."""
    sent = bytearray()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = Thread(target=_carry_one, args=(listener, server_port, sent))
        thread.start()
        yield listener.getsockname()[1], sent
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(FOREVER)


def _carry_one(listener: socket.socket, server_port: int, sent: bytearray) -> None:
    with suppress(OSError):
        client, _ = listener.accept()
        with client, socket.create_connection(("127.0.0.1", server_port)) as server, DefaultSelector() as ready:
            ready.register(client, EVENT_READ, server)
            ready.register(server, EVENT_READ, client)
            while True:
                for key, _ in ready.select():
                    source, target = (client, server) if key.data is server else (server, client)
                    data = source.recv(65536)
                    if not data:
                        return
                    if source is client:
                        sent += data
                    target.sendall(data)
