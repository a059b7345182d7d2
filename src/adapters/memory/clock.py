"""A clock that stands still until it is moved."""

from datetime import UTC, datetime, timedelta
from threading import Lock

from ocrcore.ports.clock import Clock


class MemoryClock(Clock):
    """Begins at ``start``, an aware instant, and only goes forward."""

    def __init__(self, start: datetime) -> None:
        if start.tzinfo is None:
            msg = "an instant needs an offset"
            raise ValueError(msg)
        self._now = start.astimezone(UTC)
        self._lock = Lock()

    def now(self) -> datetime:
        """Return the instant that was reached."""
        return self._now

    def advance(self, step: timedelta) -> None:
        """Let time pass. Raises ``ValueError`` for a step back."""
        if step < timedelta():
            msg = "time does not run backwards"
            raise ValueError(msg)
        with self._lock:
            self._now += step
