"""Framing: messages on the stream between the pool and a child, with deadlines.

**Frames.** The two processes are connected by a stream socket. A frame is its length in 4 bytes, most significant byte
first, followed by that many bytes. :mod:`adapters.engines.protocol` defines the contents of frames.

**Files** are not copied: the parent sends the descriptor of an open file (``SCM_RIGHTS`` of unix(7)). Both processes
may share its position, so neither uses it.

**Deadlines.** A child may hang, or send one byte now and then, so a timeout per socket call would not bound the time of
a page. Instead, one :class:`Deadline` covers everything that the parent does for a page: the wait for a slot, the
request, the file and the answer. It consists of an instant on the monotonic clock and a stop flag. Every socket call
waits 50 ms at most, and both are checked before each one: ``Stopped`` is raised when the flag is set, and ``OutOfTime``
when the instant has passed. The child has no deadline: it waits for the next frame until the connection is closed or it
is killed.

**Errors.** After any error the position in the stream is unknown, so the connection is of no further use. The parent
then kills the child and starts another one.
"""

import socket
import struct
import time
from collections.abc import Callable
from typing import Final

_LENGTH: Final = struct.Struct(">I")
_MOST: Final = (1 << 32) - 1
_STEP: Final = 1 << 20
#: The byte that accompanies a descriptor.
_WITH_FILE: Final = b"\0"
#: Longest time between two checks of the stop flag, in seconds.
_POLL: Final = 0.05


class Closed(Exception):
    """The connection is closed."""


class OutOfTime(Exception):
    """The deadline passed before the frame was complete."""


class Stopped(Exception):
    """The stop flag was set before the frame was complete."""


class Deadline:
    """The time limit of a page: until ``deadline``, an instant of ``time.monotonic``, or until ``stopped``."""

    def __init__(self, deadline: float, stopped: Callable[[], bool]) -> None:
        self._deadline = deadline
        self._stopped = stopped

    def pause(self) -> float:
        """Return the longest wait before the next check, in seconds. Raises :class:`Stopped` or :class:`OutOfTime`."""
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
        """Return an hour: there is no deadline."""
        return 3600.0


#: The deadline of a child, which waits until it receives a frame or is killed.
ENDLESS: Final = _Endless()


def send_frame(connection: socket.socket, content: bytes, deadline: Deadline) -> None:
    """Send one frame. Raises :class:`Closed`, and as :meth:`Deadline.pause` does."""
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


def send_descriptor(connection: socket.socket, descriptor: int, deadline: Deadline) -> None:
    """Send an open file, so that the other process has it open, too. Raises as :func:`send_frame` does."""
    while True:
        connection.settimeout(deadline.pause())
        try:
            socket.send_fds(connection, [_WITH_FILE], [descriptor])
        except TimeoutError:
            continue
        except OSError as error:
            raise Closed from error
        return


def receive_descriptor(connection: socket.socket, deadline: Deadline) -> int:
    """Return the descriptor of a file that was sent; the caller closes it. Raises as :func:`receive_frame` does."""
    while True:
        connection.settimeout(deadline.pause())
        try:
            _, descriptors, _, _ = socket.recv_fds(connection, len(_WITH_FILE), 1)
        except TimeoutError:
            continue
        except OSError as error:
            raise Closed from error
        if not descriptors:
            raise Closed
        return descriptors[0]


def receive_frame(connection: socket.socket, deadline: Deadline, limit: int = _MOST) -> bytes:
    """Return the next frame. Raises :class:`Closed`, and as :meth:`Deadline.pause` does.

    A frame of more than ``limit`` bytes counts as closed.
    """
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
