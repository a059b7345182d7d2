"""The dead letters in memory."""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from adapters.memory.queue import MemoryQueue
from ocrcore.ports.clock import Clock
from ocrcore.ports.dead_letters import DeadLetters
from ocrcore.ports.queue import Outgoing, Received


class MemoryDeadLetters(DeadLetters):
    """Dead letters of this process; there are none until some are buried."""

    def __init__(self, clock: Clock, visibility_timeout: timedelta = timedelta(seconds=60)) -> None:
        self._queue = MemoryQueue(clock, visibility_timeout)

    def bury(self, body: str) -> None:
        """Put a message here, as a queue does that has handed it out too often."""
        self._queue.send([Outgoing(body, "")])

    def receive(self, limit: int) -> Sequence[Received]:
        """Hand out up to ``limit`` and hide each."""
        return self._queue.receive(limit, wait=timedelta())

    def count(self) -> int:
        """Return how many there are."""
        return len(self._queue)

    def delete(self, receipts: Iterable[str]) -> None:
        """Delete those with these receipts."""
        self._queue.delete(receipts)
