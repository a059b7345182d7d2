"""Receipts with the time of the receive, so that no message is hidden for longer than SQS allows."""

import math
from datetime import timedelta
from typing import Final

#: Longest time from a receive until the message is visible again, extensions included, in seconds.
CEILING: Final = 12 * 60 * 60
_SEPARATOR: Final = "/"


def receipt(handle: str, received: float) -> str:
    """Return the receipt for an SQS handle and the time of its receive, on this process's monotonic clock."""
    return f"{received:.0f}{_SEPARATOR}{handle}"


def handle_of(given: str) -> str | None:
    """Return the SQS handle, or None if the receipt has another format."""
    received, separator, handle = given.partition(_SEPARATOR)
    return handle if separator and handle and received.isdecimal() and received.isascii() else None


def seconds_of(given: str, hidden: timedelta, now: float) -> int | None:
    """Return for how many whole seconds the message can be hidden, at most the requested time.

    None at the ceiling: the message keeps its current visibility timeout, rather than becoming visible early.
    """
    wanted = math.ceil(hidden.total_seconds())
    held = now - int(given.partition(_SEPARATOR)[0])
    left = math.floor(CEILING - held) - 1  # a second for the request itself
    return wanted if wanted <= max(left, 0) else left if left > 0 else None
