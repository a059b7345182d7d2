"""The trace: every port call of a history, as it happened."""

import hashlib
from collections.abc import Iterator

ItemRow = tuple[int, str, str, str, str]


class Trace:
    """Entries of virtual time in microseconds, actor, operation, fault and outcome."""

    def __init__(self) -> None:
        self.entries: list[ItemRow] = []

    def digest(self) -> str:
        """Return what identifies the history: equal for equal seeds and commits."""
        return hashlib.sha256(repr(self.entries).encode()).hexdigest()

    def lines(self, last: int | None = None) -> Iterator[str]:
        """Return the entries, or the last ones, as lines for people."""
        for at, actor, operation, fault, outcome in self.entries if last is None else self.entries[-last:]:
            yield f"{at / 1e6:13.6f}  {actor:<22} {operation:<26} {fault:<14} {outcome}"
