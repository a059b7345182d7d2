"""The trace: every port call of a history, in order."""

import hashlib
from collections.abc import Iterator

#: Virtual time in microseconds, actor, operation, fault and outcome.
Entry = tuple[int, str, str, str, str]


class Trace:
    """The port calls of a history."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []

    def digest(self) -> str:
        """Return a hash of the history, equal for equal seeds on the same commit."""
        return hashlib.sha256(repr(self.entries).encode()).hexdigest()

    def lines(self, last: int | None = None) -> Iterator[str]:
        """Yield the entries, or the last ones, as lines of text."""
        for at, actor, operation, fault, outcome in self.entries if last is None else self.entries[-last:]:
            yield f"{at / 1e6:13.6f}  {actor:<22} {operation:<26} {fault:<14} {outcome}"
