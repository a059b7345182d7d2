"""The record of messages that are not ours."""

from abc import abstractmethod
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Rejections:
    """How many messages were put aside, and the latest of them."""

    number: int
    latest_id: str
    latest_at: datetime


class RejectedMessages(Protocol):
    """Kept for the operator; nothing acts on them."""

    @abstractmethod
    def record(self, message_id: str, body: str, at: datetime) -> None:
        """Keep the id, the first 1,000 characters of the body, and the instant. The same id again changes nothing."""

    @abstractmethod
    def summary(self) -> Rejections | None:
        """Return how many there are, and which came last; None where there is none."""
