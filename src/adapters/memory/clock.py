"""A clock that is advanced by hand."""

from datetime import UTC, datetime, timedelta
from threading import Lock

from ocrcore.ports.clock import Clock


class MemoryClock(Clock):
    """Starts at ``start``, an aware instant, and only moves forward."""

    def __init__(self, start: datetime) -> None:
        if start.tzinfo is None:
            msg = "an instant needs an offset"
            raise ValueError(msg)
        self._now = start.astimezone(UTC)
        self._lock = Lock()

    def now(self) -> datetime:
        """Return the current instant."""
        return self._now

    def advance(self, step: timedelta) -> None:
        """Move forward by ``step``. Raises ``ValueError`` for a negative step."""
        if step < timedelta():
            msg = "time does not run backwards"
            raise ValueError(msg)
        with self._lock:
            self._now += step
