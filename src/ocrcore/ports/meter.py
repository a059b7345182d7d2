"""Counting and timing, for whoever watches the service."""

from abc import abstractmethod
from typing import Protocol

from ocrcore.domain.item import Item


class Meter(Protocol):
    """Figures of this process; nothing is decided by them, and no verb fails."""

    @abstractmethod
    def submitted(self, items: int) -> None:
        """Count a job of so many items."""

    @abstractmethod
    def recognised(self, engine: str, seconds: float) -> None:
        """Note how long a page took from its claim to its text."""

    @abstractmethod
    def attempt_ended(self, item: Item) -> None:
        """Count the end of an attempt, as the item stands after it."""
