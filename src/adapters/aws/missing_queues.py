"""Stand-ins for queues that do not exist, so that everything else can be checked."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import NoReturn

from ocrcore.domain.errors import QueueUnavailable
from ocrcore.ports.dead_letters import DeadLetters
from ocrcore.ports.queue import Outgoing, Queue, Received


class MissingQueue(Queue):
    """A queue whose every call raises ``QueueUnavailable`` with the reason."""

    def __init__(self, why: str, visibility_timeout: timedelta) -> None:
        self._why = why
        self._visibility_timeout = visibility_timeout

    @property
    def visibility_timeout(self) -> timedelta:
        """The configured timeout."""
        return self._visibility_timeout

    @property
    def takes_turns(self) -> bool:
        """Nothing is ever received."""
        return True

    def send(self, messages: Sequence[Outgoing]) -> Sequence[bool]:  # noqa: ARG002 - nothing is sent
        """Raise ``QueueUnavailable``."""
        self.check()

    def receive(self, limit: int, *, wait: timedelta) -> Sequence[Received]:  # noqa: ARG002
        """Raise ``QueueUnavailable``."""
        self.check()

    def change_visibility(self, changes: Mapping[str, timedelta]) -> None:  # noqa: ARG002
        """Raise ``QueueUnavailable``."""
        self.check()

    def delete(self, receipts: Iterable[str]) -> None:  # noqa: ARG002
        """Raise ``QueueUnavailable``."""
        self.check()

    def check(self) -> NoReturn:
        """Raise ``QueueUnavailable``."""
        raise QueueUnavailable(self._why)


class MissingDeadLetters(DeadLetters):
    """Dead letters whose every call raises ``QueueUnavailable`` with the reason."""

    def __init__(self, why: str) -> None:
        self._why = why

    def receive(self, limit: int) -> Sequence[Received]:  # noqa: ARG002
        """Raise ``QueueUnavailable``."""
        raise QueueUnavailable(self._why)

    def count(self) -> int:
        """Raise ``QueueUnavailable``."""
        raise QueueUnavailable(self._why)

    def delete(self, receipts: Iterable[str]) -> None:  # noqa: ARG002
        """Raise ``QueueUnavailable``."""
        raise QueueUnavailable(self._why)
