"""Sessions in memory."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime

from adapters.memory.database import MemoryDatabase
from ocrcore.ports.sessions import Sessions


class MemorySessions(Sessions):
    """The secret and the closed sessions of a :class:`MemoryDatabase`."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    def secret(self, proposed: bytes) -> bytes:
        """Return the secret, which is the first that was proposed."""
        with self._database.exclusive():
            if self._database.secret is None:
                self._database.secret = proposed
            return self._database.secret

    def close(self, session_id: str, until: datetime, now: datetime) -> None:
        """Note that a session was closed."""
        with self._database.exclusive():
            closed = self._database.closed_sessions
            closed[session_id] = until
            for old in [other for other, end in closed.items() if end < now]:
                del closed[old]

    def is_closed(self, session_id: str) -> bool:
        """Return whether a session was closed."""
        with self._database.reading:
            return session_id in self._database.closed_sessions

    def closed_among(self, session_ids: Sequence[str]) -> AbstractSet[str]:
        """Return those that were closed."""
        with self._database.reading:
            return self._database.closed_sessions.keys() & set(session_ids)
