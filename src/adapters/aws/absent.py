"""What stands for a queue that does not exist, so that everything else can be examined."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import NoReturn

from ocrcore.domain.errors import QueueUnavailable
from ocrcore.ports.dead_letters import DeadLetters
from ocrcore.ports.queue import Outgoing, Queue, Received


class AbsentQueue(Queue):
    """Says at every call why it is not there."""

    def __init__(self, why: str, visibility_timeout: timedelta) -> None:
        self._why = why
        self._visibility_timeout = visibility_timeout

    @property
    def visibility_timeout(self) -> timedelta:
        """What it would be."""
        return self._visibility_timeout

    def send(self, messages: Sequence[Outgoing]) -> Sequence[bool]:  # noqa: ARG002 - none is sent
        """Say why."""
        self.check()

    def receive(self, limit: int, *, wait: timedelta) -> Sequence[Received]:  # noqa: ARG002
        """Say why."""
        self.check()

    def change_visibility(self, changes: Mapping[str, timedelta]) -> None:  # noqa: ARG002
        """Say why."""
        self.check()

    def delete(self, receipts: Iterable[str]) -> None:  # noqa: ARG002
        """Say why."""
        self.check()

    def check(self) -> NoReturn:
        """Say why."""
        raise QueueUnavailable(self._why)


class AbsentDeadLetters(DeadLetters):
    """Says at every call why they are not there."""

    def __init__(self, why: str) -> None:
        self._why = why

    def receive(self, limit: int) -> Sequence[Received]:  # noqa: ARG002
        """Say why."""
        raise QueueUnavailable(self._why)

    def count(self) -> int:
        """Say why."""
        raise QueueUnavailable(self._why)

    def delete(self, receipts: Iterable[str]) -> None:  # noqa: ARG002
        """Say why."""
        raise QueueUnavailable(self._why)
