"""Instants as text: ISO 8601, UTC, microseconds, ``Z``."""

from datetime import UTC, datetime


def format_instant(instant: datetime) -> str:
    """Return ISO 8601 with microseconds and ``Z``."""
    return instant.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def parse_instant(text: str) -> datetime:
    """Return the instant that ISO 8601 text names, in UTC. Raises ``ValueError`` where it has no offset."""
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        msg = "an instant needs Z or an offset"
        raise ValueError(msg)
    try:
        return instant.astimezone(UTC)
    except OverflowError as error:
        msg = "an instant must lie within the years 1 to 9999"
        raise ValueError(msg) from error


def shown_instant(instant: datetime) -> str:
    """Return the instant as sentences have it."""
    return f"{instant:%Y-%m-%d %H:%M:%S} UTC"
