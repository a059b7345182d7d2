"""A look that many share: what one caller of a process found serves the others for a few seconds."""

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")


class SharedLook(Generic[T]):
    """The latest result of a look that costs something. Safe to share between threads.

    A result is used for ``life``. Then one caller looks again, and whoever comes meanwhile gets the old result at once:
    a service that has become slow holds one thread, not one for each viewer. Only before the first result do they wait.
    """

    def __init__(self, life: timedelta) -> None:
        self._life, self._turn = life, Lock()
        self._latest: tuple[datetime, T] | None = None

    def get(self, now: datetime, look: Callable[[], T]) -> T:
        """Return a result, which may be older than ``life`` only while another caller looks. Raises what it raises."""
        found = self._latest
        if found is not None and self._is_fresh(found[0], now):
            return found[1]
        if not self._turn.acquire(blocking=found is None) and found is not None:
            return found[1]
        try:
            found = self._latest
            if found is None or not self._is_fresh(found[0], now):
                found = self._latest = now, look()
            return found[1]
        finally:
            self._turn.release()

    def _is_fresh(self, began: datetime, now: datetime) -> bool:
        """A clock that was set back does not keep a result for longer."""
        return abs(now - began) < self._life
