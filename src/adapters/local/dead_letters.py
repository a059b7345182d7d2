"""The dead letters of a queue that has none."""

from collections.abc import Iterable, Sequence

from ocrcore.ports.dead_letters import DeadLetters
from ocrcore.ports.queue import Received


class NoDeadLetters(DeadLetters):
    """The embedded queue never gives a message up: it is in the database that knows what each is for."""

    def receive(self, limit: int) -> Sequence[Received]:  # noqa: ARG002 - there is nothing to count
        """Return none."""
        return ()

    def count(self) -> int:
        """Return 0."""
        return 0

    def delete(self, receipts: Iterable[str]) -> None:
        """Pass over whatever is named."""
