"""A meter that only remembers."""

from ocrcore.domain.item import Item
from ocrcore.ports.meter import Meter


class MemoryMeter(Meter):
    """Everything that was counted, in order."""

    def __init__(self) -> None:
        self.jobs: list[int] = []
        self.pages: list[tuple[str, float]] = []
        self.items: list[Item] = []

    def submitted(self, items: int) -> None:
        """Remember the number."""
        self.jobs.append(items)

    def recognised(self, engine: str, seconds: float) -> None:
        """Remember both."""
        self.pages.append((engine, seconds))

    def attempt_ended(self, item: Item) -> None:
        """Remember the item."""
        self.items.append(item)
