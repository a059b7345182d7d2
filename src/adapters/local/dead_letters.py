"""Dead letters of a queue without a dead-letter queue."""

from collections.abc import Iterable, Sequence

from ocrcore.ports.dead_letters import DeadLetters
from ocrcore.ports.queue import Received


class NoDeadLetters(DeadLetters):
    """Always empty: the embedded queue is in the database of its items and never gives up on a message."""

    def receive(self, limit: int) -> Sequence[Received]:  # noqa: ARG002 - always empty
        """Return no messages."""
        return ()

    def count(self) -> int:
        """Return 0."""
        return 0

    def delete(self, receipts: Iterable[str]) -> None:
        """Ignore the receipts."""
