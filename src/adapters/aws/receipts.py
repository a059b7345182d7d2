"""Receipts that know when they were given, so that a message is never held longer than SQS allows."""

import math
from datetime import timedelta
from typing import Final

#: Longest time from a receive until the message is seen again, however often that was put off.
CEILING: Final = 12 * 60 * 60
_BETWEEN: Final = "/"


def receipt(handle: str, received: float) -> str:
    """Return a receipt for a handle of SQS and the instant of the receive, by the monotonic clock of this process."""
    return f"{received:.0f}{_BETWEEN}{handle}"


def handle_of(given: str) -> str | None:
    """Return the handle, or None where this is no receipt of ours."""
    received, between, handle = given.partition(_BETWEEN)
    return handle if between and handle and received.isdecimal() and received.isascii() else None


def seconds_of(given: str, hidden: timedelta, now: float) -> int | None:
    """Return for how many whole seconds the message may stay hidden, at most as many as were asked for.

    None where the ceiling is reached: a message is not shown early because it cannot be hidden for longer.
    """
    wanted = math.ceil(hidden.total_seconds())
    held = now - int(given.partition(_BETWEEN)[0])
    left = math.floor(CEILING - held) - 1  # the request takes a moment
    return wanted if wanted <= max(left, 0) else left if left > 0 else None
