"""The dead-letter queue: messages that were received too often without being deleted."""

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from typing import Protocol

from ocrcore.ports.queue import Received


class DeadLetters(Protocol):
    """Dead letters are delivered like messages: at least once, in any order, with a visibility timeout."""

    @abstractmethod
    def receive(self, limit: int) -> Sequence[Received]:
        """Return up to ``limit`` (1..10) dead letters and hide each for a visibility timeout, without waiting.

        May return fewer than there are, even none. Letters that are not deleted are redelivered.
        """

    @abstractmethod
    def count(self) -> int:
        """Return the number of dead letters, including hidden ones; it may be slightly out of date."""

    @abstractmethod
    def delete(self, receipts: Iterable[str]) -> None:
        """Delete the dead letters with these receipts. Stale receipts are ignored."""
