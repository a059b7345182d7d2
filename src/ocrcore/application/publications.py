"""Publications: when this process last published figures, and what it counts in between."""

from datetime import datetime, timedelta
from threading import Lock
from typing import Final

from ocrcore.domain.item import Item
from ocrcore.domain.lifecycle import ItemStatus

#: Least time between two publications of one process; what follows the figures looks at whole minutes.
PERIOD: Final = timedelta(minutes=1)


class Publications:
    """Grants one publication in each period."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._last: datetime | None = None
        self._ended = self._failed = 0
        #: Whether this process sends webhooks. Only such a one may read the rows of deliveries in every database.
        self.sends_webhooks = False

    def may_publish(self, now: datetime) -> bool:
        """Return whether to publish now. A clock that was set back does not stop publications."""
        with self._lock:
            if self._last is not None and timedelta() <= now - self._last < PERIOD:
                return False
            self._last = now
            return True

    def attempt_ended(self, item: Item) -> None:
        """Count the page, if that was its last attempt; ``item`` is the item after it."""
        if item.finished_at is not None:
            with self._lock:
                self._ended += 1
                self._failed += item.status is ItemStatus.ERROR

    def take(self) -> tuple[int, int]:
        """Return how many pages ended since the last call, and how many of them could not be read."""
        with self._lock:
            taken = self._ended, self._failed
            self._ended = self._failed = 0
            return taken

    def put_back(self, ended: int, failed: int) -> None:
        """Count pages again that were taken and could not be published."""
        with self._lock:
            self._ended += ended
            self._failed += failed
