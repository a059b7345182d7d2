"""Windows of requests in memory."""

from datetime import datetime

from adapters.memory.database import MemoryDatabase
from ocrcore.ports.rate_windows import RateWindows


class MemoryRateWindows(RateWindows):
    """The windows of a :class:`MemoryDatabase`."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    def take(self, owner: str, window: datetime, number: int, limit: int) -> int | None:
        """Take requests of the owner's window, or none."""
        with self._database.exclusive():
            latest, used = self._database.rate_windows.get(owner, (window, 0))
            if latest < window:
                latest, used = window, 0
            if used + number > limit:
                return None
            self._database.rate_windows[owner] = latest, used + number
            return limit - used - number
