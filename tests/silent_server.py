"""A wire to a server that can fall silent: then it accepts connections, swallows what comes, and says nothing."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import Final

_PIECE: Final = 65536


@dataclass(slots=True)
class Wire:
    """An address, and whether anything comes back from there."""

    url: str
    silent: Event = field(default_factory=Event)


@contextmanager
def wire_to(port: int) -> Iterator[Wire]:
    """Yield a wire to a server of this machine."""
    with socket.create_server(("127.0.0.1", 0), backlog=512) as listener:
        wire = Wire(f"http://127.0.0.1:{listener.getsockname()[1]}")
        Thread(target=_accept, args=(listener, port, wire), daemon=True).start()
        yield wire
        listener.shutdown(socket.SHUT_RDWR)


def _accept(listener: socket.socket, port: int, wire: Wire) -> None:
    with suppress(OSError):
        while True:
            client, _ = listener.accept()
            Thread(target=_carry, args=(client, port, wire), daemon=True).start()


def _carry(client: socket.socket, port: int, wire: Wire) -> None:
    with client, socket.create_connection(("127.0.0.1", port)) as server:
        Thread(target=_copy, args=(server, client, wire), daemon=True).start()
        _copy(client, server, wire)


def _copy(source: socket.socket, target: socket.socket, wire: Wire) -> None:
    """Carry one direction to its end; what comes while the wire is silent is lost for good."""
    with suppress(OSError):
        while piece := source.recv(_PIECE):
            if not wire.silent.is_set():
                target.sendall(piece)
    with suppress(OSError):
        target.shutdown(socket.SHUT_RDWR)
