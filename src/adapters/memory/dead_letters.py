"""Dead letters in memory."""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from adapters.memory.queue import MemoryQueue
from ocrcore.ports.clock import Clock
from ocrcore.ports.dead_letters import DeadLetters
from ocrcore.ports.queue import Outgoing, Received


class MemoryDeadLetters(DeadLetters):
    """Dead letters of this process, added with :meth:`bury`."""

    def __init__(self, clock: Clock, visibility_timeout: timedelta = timedelta(seconds=60)) -> None:
        self._queue = MemoryQueue(clock, visibility_timeout)

    def bury(self, body: str) -> None:
        """Add a message, as a queue does after too many receives."""
        self._queue.send([Outgoing(body, "")])

    def receive(self, limit: int) -> Sequence[Received]:
        """Receive up to ``limit`` messages and hide each."""
        return self._queue.receive(limit, wait=timedelta())

    def count(self) -> int:
        """Return the number of messages, hidden ones included."""
        return len(self._queue)

    def delete(self, receipts: Iterable[str]) -> None:
        """Delete the messages with these receipts."""
        self._queue.delete(receipts)
