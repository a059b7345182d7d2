"""A document that several attempts read, and that is given back when the last of them has ended."""

from threading import Lock

from ocrcore.ports.documents import Source


class SharedSource:
    """The owner of a source, who lends it and may drop it at any time. It closes with the last borrower."""

    def __init__(self, source: Source) -> None:
        self.size = source.size
        self._source = source
        self._lock = Lock()
        #: Borrowers, and the owner.
        self._holders = 1

    def lend(self) -> Source:
        """Return the source for one borrower, who closes it."""
        with self._lock:
            self._holders += 1
        return _Lent(self._source, self)

    def drop(self) -> None:
        """End the owner's hold."""
        self._give_back()

    def _give_back(self) -> None:
        with self._lock:
            self._holders -= 1
            is_last = self._holders == 0
        if is_last:
            self._source.close()


class _Lent(Source):
    def __init__(self, source: Source, owner: SharedSource) -> None:
        self._source = source
        self._owner: SharedSource | None = owner

    @property
    def size(self) -> int:
        """The number of bytes."""
        return self._source.size

    def read(self) -> bytes:
        """Return all bytes."""
        return self._source.read()

    def fileno(self) -> int | None:
        """Return the descriptor, if it has one."""
        return self._source.fileno()

    def close(self) -> None:
        """Give it back to its owner."""
        owner, self._owner = self._owner, None
        if owner is not None:
            owner._give_back()  # noqa: SLF001 - one module
