"""Publications: when this process last published the figures of the fleet."""

from datetime import datetime, timedelta
from threading import Lock
from typing import Final

#: Least time between two publications of one process; what follows the figures looks at whole minutes.
PERIOD: Final = timedelta(minutes=1)


class Publications:
    """Grants one publication in each period."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._last: datetime | None = None

    def may_publish(self, now: datetime) -> bool:
        """Return whether to publish now. A clock that was set back does not stop publications."""
        with self._lock:
            if self._last is not None and timedelta() <= now - self._last < PERIOD:
                return False
            self._last = now
            return True
