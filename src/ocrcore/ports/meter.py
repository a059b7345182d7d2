"""Metrics of this process."""

from abc import abstractmethod
from typing import Protocol

from ocrcore.domain.item import Item
from ocrcore.domain.limits import LimitPolicy
from ocrcore.domain.looks import SecondLook
from ocrcore.domain.webhook import DeliveryStatus


class Meter(Protocol):
    """Counters and timings for monitoring. No decision depends on them, and no verb raises."""

    @abstractmethod
    def submitted(self, items: int) -> None:
        """Count a submitted job with this many items."""

    @abstractmethod
    def recognised(self, engine: str, seconds: float) -> None:
        """Record the time of one page from claim to text."""

    @abstractmethod
    def looked_again(self, outcome: SecondLook) -> None:
        """Count a page whose first reading was in doubt, by what became of the second look."""

    @abstractmethod
    def attempt_ended(self, item: Item) -> None:
        """Count the end of an attempt; ``item`` is the item after it."""

    @abstractmethod
    def refused(self, policy: LimitPolicy) -> None:
        """Count a request that was refused because a limit of its owner is reached."""

    @abstractmethod
    def kept_no_longer(self) -> None:
        """Count a job that retention deleted."""

    @abstractmethod
    def read_lost(self) -> None:
        """Count a read that is not in the audit log, because the log fails with its entry."""

    @abstractmethod
    def webhook_attempt_ended(self, status: DeliveryStatus) -> None:
        """Count an attempt to deliver a notice, by the status of the delivery after it; WAITING: it is tried again."""
