"""Waiting for AWS, which does what it is asked to after it has answered."""

import time
from collections.abc import Callable
from typing import Final, TypeVar

Seen = TypeVar("Seen")
#: Seconds between two looks, and the longest wait for a machine or a change.
LOOK: Final = 15.0
PATIENCE: Final = 3600.0


class Refused(Exception):
    """The command cannot go on; the text says why, and what to do."""


def wait(look: Callable[[], Seen | None], what: str, *, every: float, patience: float = PATIENCE) -> Seen:
    """Look every so many seconds until something is seen, and return it. Raises ``Refused`` if that takes too long."""
    end = time.monotonic() + patience
    while (seen := look()) is None:
        if time.monotonic() > end:
            msg = f"{what} took too long."
            raise Refused(msg)
        time.sleep(every)
    return seen
