"""A pool of children that is started for the first that asks, because many processes need none."""

from collections.abc import Callable
from threading import Lock

from adapters.engines.pool import ChildPool


class LazyPool:
    """Starts a pool when it is first asked for, with ``start``."""

    def __init__(self, start: Callable[[], ChildPool]) -> None:
        self._start = start
        self._starting = Lock()
        self._pool: ChildPool | None = None

    def get(self) -> ChildPool:
        """Return the pool."""
        with self._starting:
            if self._pool is None:
                self._pool = self._start()
            return self._pool

    @property
    def children(self) -> int:
        """How many children there are; 0 before the first call."""
        pool = self._pool
        return 0 if pool is None else pool.children

    def close(self) -> None:
        """End the children of the pool, if there are any; it refuses every later page."""
        with self._starting:
            if self._pool is not None:
                self._pool.close()
