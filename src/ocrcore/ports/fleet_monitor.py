"""Figures about the whole fleet, for whoever decides how many workers there are."""

from abc import abstractmethod
from typing import Protocol

from ocrcore.domain.fleet import Fleet


class FleetMonitor(Protocol):
    """A store of figures outside the service, such as CloudWatch. No decision of the service depends on it.

    Every process publishes the same figures about once a minute, so the store must take the average of a minute, not
    the sum.
    """

    @abstractmethod
    def publish(self, fleet: Fleet) -> None:
        """Publish workers and open pages as of ``fleet.now``. A failure is logged and not raised: the next will do."""
