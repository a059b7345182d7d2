"""The dead letters: messages that were received too often without being deleted."""

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from typing import Protocol

from ocrcore.ports.queue import Received


class DeadLetters(Protocol):
    """Dead letters come as messages of a queue do: at least once, in any order, hidden for a while."""

    @abstractmethod
    def receive(self, limit: int) -> Sequence[Received]:
        """Hand out up to ``limit`` (1..10) and hide each for a visibility timeout; does not wait for any to come.

        May return fewer than there are, even none. What is not deleted comes again.
        """

    @abstractmethod
    def count(self) -> int:
        """Return how many there are, those that are hidden now included; it may be a little out of date."""

    @abstractmethod
    def delete(self, receipts: Iterable[str]) -> None:
        """Delete those with these receipts. A receipt that does not count any more is passed over."""
