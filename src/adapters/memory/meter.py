"""A meter that records every call."""

from ocrcore.domain.item import Item
from ocrcore.domain.limits import LimitPolicy
from ocrcore.domain.looks import SecondLook
from ocrcore.domain.webhook import DeliveryStatus
from ocrcore.ports.meter import Meter


class MemoryMeter(Meter):
    """All recorded values, in order."""

    def __init__(self) -> None:
        self.jobs: list[int] = []
        self.pages: list[tuple[str, float]] = []
        self.items: list[Item] = []
        self.second_looks: list[SecondLook] = []
        self.refusals: list[LimitPolicy] = []
        self.retained = 0
        self.lost_reads = 0
        self.webhook_attempts: list[DeliveryStatus] = []

    def submitted(self, items: int) -> None:
        """Record the number of items."""
        self.jobs.append(items)

    def recognised(self, engine: str, seconds: float) -> None:
        """Record engine and seconds."""
        self.pages.append((engine, seconds))

    def looked_again(self, outcome: SecondLook) -> None:
        """Record what became of the second look."""
        self.second_looks.append(outcome)

    def attempt_ended(self, item: Item) -> None:
        """Record the item."""
        self.items.append(item)

    def refused(self, policy: LimitPolicy) -> None:
        """Record the limit."""
        self.refusals.append(policy)

    def kept_no_longer(self) -> None:
        """Count the job."""
        self.retained += 1

    def read_lost(self) -> None:
        """Count the read."""
        self.lost_reads += 1

    def webhook_attempt_ended(self, status: DeliveryStatus) -> None:
        """Record the status of the delivery."""
        self.webhook_attempts.append(status)
