"""Requests of owners that were taken of their windows, shared by all processes of the service."""

from abc import abstractmethod
from datetime import datetime
from typing import Protocol


class RateWindows(Protocol):
    """One window for each owner, the latest that anybody took from."""

    @abstractmethod
    def take(self, owner: str, window: datetime, number: int, limit: int) -> int | None:
        """Take a number of requests of the owner's window that began at ``window``, all of them or none.

        Returns how many are left for everybody then, or None if fewer than ``number`` were left of ``limit``. What is
        taken of a window, by any processes at once, never exceeds the limit. ``number`` is at least 1 and at most
        ``limit``. A process whose clock is late takes from the window that others have begun; no window begins twice.

        Raises ``DatabaseUnavailable``, and ``CommitUnknown`` if it is unknown whether the requests are taken.
        """
