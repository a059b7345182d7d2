"""A service manager that listens: a real socket, as systemd gives it to a service."""

import contextlib
import socket
import time
from collections.abc import Iterator
from pathlib import Path

from ocrcore.testing.patience import FOREVER


class NotifySocket:
    """What was told, datagram by datagram, each as the values of its names."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(f"\0{address[1:]}" if address.startswith("@") else address)
        self._socket.settimeout(FOREVER)

    def next(self) -> dict[str, str]:
        """Wait for the next datagram."""
        lines = self._socket.recv(65536).decode().split("\n")
        return dict(line.split("=", 1) for line in lines)

    def next_with(self, name: str) -> dict[str, str]:
        """Wait for the next datagram that has this name, however many of others come."""
        end = time.monotonic() + FOREVER
        while name not in (told := self.next()):
            assert time.monotonic() < end, f"only others than {name} came, such as {told}"
        return told

    def empty(self) -> list[dict[str, str]]:
        """Return what was told until now, without waiting."""
        told = []
        self._socket.settimeout(0)
        with contextlib.suppress(BlockingIOError):
            while True:
                told.append(self.next())
        self._socket.settimeout(FOREVER)
        return told

    def close(self) -> None:
        self._socket.close()


@contextlib.contextmanager
def notify_socket(folder: Path, *, abstract: bool = False) -> Iterator[NotifySocket]:
    """Yield a listening service manager, in the file system or in the abstract namespace."""
    listening = NotifySocket(f"@ocrcore-{folder.name}-{id(folder)}" if abstract else str(folder / "notify"))
    try:
        yield listening
    finally:
        listening.close()
