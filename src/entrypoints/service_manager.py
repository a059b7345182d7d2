"""The service manager: tells systemd, or whoever speaks its protocol, what this process does.

The protocol is one datagram of lines ``NAME=value`` to the socket that ``$NOTIFY_SOCKET`` names (``man sd_notify``). A
name that begins with ``@`` is in the abstract namespace of Linux. Without a socket every call does nothing.
"""

import logging
import socket
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

_log = logging.getLogger(__name__)

#: Seconds that a datagram may wait for room in the socket; the manager may be busy.
_PATIENCE: Final = 1.0


@dataclass(frozen=True, slots=True)
class ServiceManager:
    """Where the service manager listens, and how often it wants to hear of a process."""

    #: The path of its socket, or ``@`` and an abstract name; if empty, there is none.
    address: str = ""
    #: It ends a process that says nothing for this long; None: it does not watch.
    watchdog: timedelta | None = None

    @property
    def listens(self) -> bool:
        """Whether there is anybody to tell."""
        return bool(self.address)

    def ready(self, status: str) -> None:
        """Tell that the service can be used; safe to tell again."""
        self._tell("READY=1", _status(status))

    def stopping(self, status: str) -> None:
        """Tell that the process begins to stop."""
        self._tell("STOPPING=1", _status(status))

    def alive(self, status: str) -> None:
        """Tell that the process moves, and what it does."""
        self._tell("WATCHDOG=1", _status(status))

    def status(self, status: str) -> None:
        """Tell what the process does, and not that it moves."""
        self._tell(_status(status))

    def _tell(self, *lines: str) -> None:
        """Send the lines. A manager that cannot be reached is one line in the log: it decides what follows."""
        if not self.listens:
            return
        address = f"\0{self.address[1:]}" if self.address.startswith("@") else self.address
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
                sender.settimeout(_PATIENCE)
                sender.sendto("\n".join(lines).encode(), address)
        except OSError as error:
            with suppress(RuntimeError):  # the log's stream, at the very end of a process
                _log.warning("the service manager was not told", extra={"reason": error.strerror or str(error)})


def _status(text: str) -> str:
    """Return the line of a status; line breaks would end it."""
    return f"STATUS={' '.join(text.split())}"
