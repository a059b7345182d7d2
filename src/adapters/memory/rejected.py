"""The record of messages that are not ours, in memory."""

from datetime import datetime
from typing import Final

from adapters.memory.database import MemoryDatabase, Rejection
from ocrcore.ports.rejected import RejectedMessages

_KEPT: Final = 1000


class MemoryRejectedMessages(RejectedMessages):
    """The rejected messages of a :class:`MemoryDatabase`, for tests to read in its ``rejected``."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    def record(self, message_id: str, body: str, at: datetime) -> None:
        """Keep the id, the first 1,000 characters of the body, and the instant."""
        with self._database.exclusive():
            self._database.rejected.setdefault(message_id, Rejection(body[:_KEPT], at))
