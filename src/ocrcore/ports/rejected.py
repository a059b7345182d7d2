"""The record of rejected messages: messages in the queue that are not tasks of this service."""

from abc import abstractmethod
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Rejections:
    """The number of rejected messages, and the latest one."""

    number: int
    latest_id: str
    latest_at: datetime


class RejectedMessages(Protocol):
    """Rejected messages, kept for the operator only."""

    @abstractmethod
    def record(self, message_id: str, body: str, at: datetime) -> None:
        """Store the id, the first 1,000 characters of the body, and the instant. A known id changes nothing."""

    @abstractmethod
    def summary(self) -> Rejections | None:
        """Return the number and the latest of them, or None if there are none."""
