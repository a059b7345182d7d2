"""Turns of owners: of what one owner asks of this process, some steps run one after the other."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock


class OwnerTurns:
    """A lock for each owner who needs one now. Safe to share between threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        #: The lock of an owner, and how many threads have it or wait for it.
        self._taken: dict[str, tuple[Lock, int]] = {}

    @contextmanager
    def of(self, owner: str, *, patience: float = -1) -> Iterator[None]:
        """Let one thread at a time go on for an owner.

        Raises ``TimeoutError`` after ``patience`` seconds; by default it waits as long as it takes.
        """
        with self._lock:
            turn, users = self._taken.get(owner, (Lock(), 0))
            self._taken[owner] = turn, users + 1
        try:
            if not turn.acquire(timeout=patience):
                raise TimeoutError
            try:
                yield
            finally:
                turn.release()
        finally:
            with self._lock:
                turn, users = self._taken[owner]
                if users == 1:
                    del self._taken[owner]
                else:
                    self._taken[owner] = turn, users - 1
