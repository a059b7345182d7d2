"""A fleet monitor that remembers what was published."""

from ocrcore.domain.fleet import Figures
from ocrcore.ports.fleet_monitor import FleetMonitor


class MemoryFleetMonitor(FleetMonitor):
    """All published figures, in order."""

    def __init__(self) -> None:
        self.published: list[Figures] = []

    def publish(self, figures: Figures) -> bool:
        """Remember the figures."""
        self.published.append(figures)
        return True
