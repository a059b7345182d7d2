"""The transactional outbox: messages that were committed together with a change and are not sent yet."""

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from ocrcore.domain.task import Task


@dataclass(frozen=True, slots=True)
class Order:
    """A row of the outbox. An item may have several rows."""

    #: Never reused.
    id: int
    task: Task
    owner: str
    #: The id of the request that caused the message, or None.
    request_id: str | None = None


class Outbox(Protocol):
    """Rows are added by ``JobTransaction`` only."""

    @abstractmethod
    def waiting(self, limit: int, *, before: datetime | None = None, job_id: UUID | None = None) -> Sequence[Order]:
        """Return up to ``limit`` rows, written at or before ``before`` or of one job: oldest first, owners in turn."""

    @abstractmethod
    def remove(self, ids: Iterable[int]) -> None:
        """Remove rows whose message was accepted. Unknown ids are ignored."""
