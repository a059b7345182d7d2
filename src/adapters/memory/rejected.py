"""The rejected messages in memory."""

from datetime import datetime
from typing import Final

from adapters.memory.database import MemoryDatabase, Rejection
from ocrcore.ports.rejected import RejectedMessages, Rejections

_KEPT: Final = 1000


class MemoryRejectedMessages(RejectedMessages):
    """The rejected messages of a :class:`MemoryDatabase`. Tests read them in its ``rejected``."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    def record(self, message_id: str, body: str, at: datetime) -> None:
        """Store the id, the first 1,000 characters of the body, and the instant."""
        with self._database.exclusive():
            self._database.rejected.setdefault(message_id, Rejection(body[:_KEPT], at))

    def summary(self) -> Rejections | None:
        """Return the number of messages and the latest one, or None."""
        with self._database.reading:
            latest = max(self._database.rejected.items(), key=lambda row: (row[1].at, row[0]), default=None)
            return None if latest is None else Rejections(len(self._database.rejected), latest[0], latest[1].at)
