"""Durations as text: an integer followed by s, m, h or d; a bare integer is seconds."""

import re
from datetime import UTC, datetime, timedelta
from typing import Final

#: The longest duration that anybody may ask for: a hundred years. An instant that much later or earlier exists.
LONGEST: Final = timedelta(days=36_500)
#: What comes after every other instant. In each time zone it has a date.
LAST_INSTANT: Final = datetime(9999, 12, 31, tzinfo=UTC)

_PATTERN: Final = re.compile(r"(\d{1,9})([smhd]?)", re.ASCII)
_SECONDS: Final = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}


def parse_duration(text: str) -> timedelta:
    """Return a duration that somebody asks for.

    Raises ``ValueError`` unless the text is 1 to 9 digits and at most one unit, without sign, fraction or blanks, and
    for more than :data:`LONGEST`.
    """
    duration = parse_stored(text)
    if duration > LONGEST:
        msg = f"a duration is at most {LONGEST.days}d"
        raise ValueError(msg)
    return duration


def parse_stored(text: str) -> timedelta:
    """Return a duration that :func:`format_duration` wrote; rows may have longer ones than anybody may ask for.

    Raises ``ValueError`` for another text.
    """
    match = _PATTERN.fullmatch(text)
    if match is None:
        msg = "a duration is an integer followed by s, m, h or d, as 90s or 2d"
        raise ValueError(msg)
    return timedelta(seconds=int(match[1]) * _SECONDS[match[2]])


def later(instant: datetime, duration: timedelta) -> datetime:
    """Return the instant after a duration, or the last one if that is earlier."""
    return instant + duration if duration < LAST_INSTANT - instant else LAST_INSTANT


def format_duration(duration: timedelta) -> str:
    """Return the shortest text for which :func:`parse_stored` returns ``duration``, in whole seconds."""
    seconds = int(duration.total_seconds())
    for unit in "dhm":
        if seconds and seconds % _SECONDS[unit] == 0:
            return f"{seconds // _SECONDS[unit]}{unit}"
    return f"{seconds}s"
