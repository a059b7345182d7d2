"""A meter that records every call."""

from ocrcore.domain.item import Item
from ocrcore.ports.meter import Meter


class MemoryMeter(Meter):
    """All recorded values, in order."""

    def __init__(self) -> None:
        self.jobs: list[int] = []
        self.pages: list[tuple[str, float]] = []
        self.items: list[Item] = []

    def submitted(self, items: int) -> None:
        """Record the number of items."""
        self.jobs.append(items)

    def recognised(self, engine: str, seconds: float) -> None:
        """Record engine and seconds."""
        self.pages.append((engine, seconds))

    def attempt_ended(self, item: Item) -> None:
        """Record the item."""
        self.items.append(item)
