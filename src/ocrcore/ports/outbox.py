"""The outbox: messages that a committed change ordered and that are not sent yet."""

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from ocrcore.domain.task import Task


@dataclass(frozen=True, slots=True)
class Order:
    """A row of the outbox; two rows for one item are normal."""

    #: Never used again for another row.
    id: int
    task: Task
    owner: str
    #: The id of the request that asked for the message, or None.
    request_id: str | None = None


class Outbox(Protocol):
    """Rows come only by way of ``JobTransaction``."""

    @abstractmethod
    def waiting(self, limit: int, *, before: datetime | None = None, job_id: UUID | None = None) -> Sequence[Order]:
        """Return rows written at or before ``before``, or those of one job: oldest first, owners in turn."""

    @abstractmethod
    def remove(self, ids: Iterable[int]) -> None:
        """Remove rows whose message was accepted. An id without a row is passed over."""
