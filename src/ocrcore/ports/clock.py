"""Time."""

from abc import abstractmethod
from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """The one clock of the service."""

    @abstractmethod
    def now(self) -> datetime:
        """Return the present instant: aware, UTC, whole microseconds. Two calls may return the same instant."""
