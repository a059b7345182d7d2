"""Figures about the whole fleet, for whoever decides how many workers there are."""

from abc import abstractmethod
from typing import Protocol

from ocrcore.domain.fleet import Figures


class FleetMonitor(Protocol):
    """A store of figures outside the service, such as CloudWatch. No decision of the service depends on it.

    Every process publishes about once a minute. What it says of the service is the same in all of them, so the store
    must take the average of a minute, not the sum; what it did itself is to be added.
    """

    @abstractmethod
    def publish(self, figures: Figures) -> bool:
        """Publish the figures as of ``figures.fleet.now``; return whether they were taken.

        A failure is logged and not raised. What a process did itself it publishes again with the next.
        """
