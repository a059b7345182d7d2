"""The system clock."""

from datetime import UTC, datetime

from ocrcore.ports.clock import Clock


class SystemClock(Clock):
    """The machine's time. It jumps when the machine's clock is set."""

    def now(self) -> datetime:
        """Return the machine's time, in UTC."""
        return datetime.now(UTC)
