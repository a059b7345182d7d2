"""The trace: every port call of a history, as it happened."""

import hashlib
from collections.abc import Iterator
from typing import Final

Entry = tuple[int, str, str, str, str]

_TAIL: Final = 60


class Trace:
    """Entries of virtual time in microseconds, actor, operation, fault and outcome."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []

    def digest(self) -> str:
        """Return what identifies the history: equal for equal seeds and commits."""
        return hashlib.sha256(repr(self.entries).encode()).hexdigest()

    def tail(self, count: int = _TAIL) -> Iterator[str]:
        """Return the last entries as lines for people."""
        for at, actor, operation, fault, outcome in self.entries[-count:]:
            yield f"{at / 1e6:13.6f}  {actor:<22} {operation:<26} {fault:<14} {outcome}"
