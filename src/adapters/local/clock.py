"""The machine's clock."""

from datetime import UTC, datetime

from ocrcore.ports.clock import Clock


class SystemClock(Clock):
    """Trusts the machine; it steps when the machine's clock is set."""

    def now(self) -> datetime:
        """Return the machine's time."""
        return datetime.now(UTC)
