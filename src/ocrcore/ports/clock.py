"""Time."""

from abc import abstractmethod
from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """The service's clock."""

    @abstractmethod
    def now(self) -> datetime:
        """Return the current instant: aware, UTC, whole microseconds. Two calls may return the same instant."""
