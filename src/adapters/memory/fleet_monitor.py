"""A fleet monitor that remembers what was published."""

from ocrcore.domain.fleet import Fleet
from ocrcore.ports.fleet_monitor import FleetMonitor


class MemoryFleetMonitor(FleetMonitor):
    """All published fleets, in order."""

    def __init__(self) -> None:
        self.published: list[Fleet] = []

    def publish(self, fleet: Fleet) -> None:
        """Remember the fleet."""
        self.published.append(fleet)
