"""The words between a pool and its children: a frame is its length in 4 bytes, then that many bytes."""

import socket
import struct
import time
from collections.abc import Callable
from typing import Final

_LENGTH: Final = struct.Struct(">I")
_MOST: Final = (1 << 32) - 1
_STEP: Final = 1 << 20
#: Seconds between two looks at the flag that stops the work.
_POLL: Final = 0.05


class Closed(Exception):
    """The other side is gone."""


class OutOfTime(Exception):
    """The deadline passed before the frame was through."""


class Stopped(Exception):
    """The flag was set before the frame was through."""


class Deadline:
    """How long a frame may take: until ``deadline``, an instant of ``time.monotonic``, or until ``stopped``."""

    def __init__(self, deadline: float, stopped: Callable[[], bool]) -> None:
        self._deadline = deadline
        self._stopped = stopped

    def pause(self) -> float:
        """Return how long to wait at most before asking again. Raises :class:`Stopped` or :class:`OutOfTime`."""
        if self._stopped():
            raise Stopped
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise OutOfTime
        return min(left, _POLL)


class _Endless(Deadline):
    def __init__(self) -> None:
        super().__init__(0.0, lambda: False)

    def pause(self) -> float:
        """Return an hour, again and again."""
        return 3600.0


#: The child's: it waits until it is spoken to, or killed.
ENDLESS: Final = _Endless()


def send_frame(connection: socket.socket, content: bytes, deadline: Deadline) -> None:
    """Send one frame. Raises :class:`Closed`, and what ``patience`` raises."""
    for part in (_LENGTH.pack(len(content)), content):
        rest = memoryview(part)
        while rest:
            connection.settimeout(deadline.pause())
            try:
                rest = rest[connection.send(rest[:_STEP]) :]
            except TimeoutError:
                continue
            except OSError as error:
                raise Closed from error


def receive_frame(connection: socket.socket, deadline: Deadline, limit: int = _MOST) -> bytes:
    """Return the next frame. Raises :class:`Closed`, also for one over ``limit`` bytes; what ``patience`` raises."""
    (length,) = _LENGTH.unpack(_receive(connection, _LENGTH.size, deadline))
    if length > limit:
        raise Closed
    return _receive(connection, length, deadline)


def _receive(connection: socket.socket, length: int, deadline: Deadline) -> bytes:
    content = bytearray()
    while len(content) < length:
        connection.settimeout(deadline.pause())
        try:
            part = connection.recv(min(length - len(content), _STEP))
        except TimeoutError:
            continue
        except OSError as error:
            raise Closed from error
        if not part:
            raise Closed
        content += part
    return bytes(content)
