"""The record of messages that are not ours."""

from abc import abstractmethod
from datetime import datetime
from typing import Protocol


class RejectedMessages(Protocol):
    """Kept for the operator; nothing acts on them."""

    @abstractmethod
    def record(self, message_id: str, body: str, at: datetime) -> None:
        """Keep the id, the first 1,000 characters of the body, and the instant. The same id again changes nothing."""
