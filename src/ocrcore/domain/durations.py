"""Durations as text: an integer followed by s, m, h or d; a bare integer is seconds."""

import re
from datetime import timedelta
from typing import Final

_PATTERN: Final = re.compile(r"(\d{1,9})([smhd]?)", re.ASCII)
_SECONDS: Final = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}


def parse_duration(text: str) -> timedelta:
    """Parse a duration.

    Raises ``ValueError`` unless the text is 1 to 9 digits and at most one unit, without sign, fraction or blanks.
    """
    match = _PATTERN.fullmatch(text)
    if match is None:
        msg = "a duration is an integer followed by s, m, h or d, as 90s or 2d"
        raise ValueError(msg)
    return timedelta(seconds=int(match[1]) * _SECONDS[match[2]])


def format_duration(duration: timedelta) -> str:
    """Return the shortest text for which :func:`parse_duration` returns ``duration``, in whole seconds."""
    seconds = int(duration.total_seconds())
    for unit in "dhm":
        if seconds and seconds % _SECONDS[unit] == 0:
            return f"{seconds // _SECONDS[unit]}{unit}"
    return f"{seconds}s"
