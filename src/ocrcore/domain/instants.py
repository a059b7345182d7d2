"""Instants as text: ISO 8601, UTC, microseconds, ``Z``."""

from datetime import UTC, datetime


def format_instant(instant: datetime) -> str:
    """Format an instant as ISO 8601 with microseconds and ``Z``."""
    return instant.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def format_known(instant: datetime | None) -> str | None:
    """Format an instant, or return None for one that there is not."""
    return None if instant is None else format_instant(instant)


def parse_instant(text: str) -> datetime:
    """Parse ISO 8601 into an instant in UTC.

    Raises ``ValueError`` for text that is not ISO 8601 or has no offset, and for instants outside the years 1 to 9999.
    """
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        msg = "an instant needs Z or an offset"
        raise ValueError(msg)
    try:
        return instant.astimezone(UTC)
    except OverflowError as error:
        msg = "an instant must lie within the years 1 to 9999"
        raise ValueError(msg) from error


def minute_of(instant: datetime) -> datetime:
    """Return the begin of the minute that an instant is in."""
    return instant.replace(second=0, microsecond=0)


def shown_instant(instant: datetime) -> str:
    """Format an instant for a sentence."""
    return f"{instant:%Y-%m-%d %H:%M:%S} UTC"
