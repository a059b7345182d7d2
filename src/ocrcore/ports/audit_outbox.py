"""The audit outbox: entries that were committed with what they tell of, and are not in the log yet."""

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from ocrcore.domain.audit import AuditEntry


@dataclass(frozen=True, slots=True)
class UnsentEntry:
    """A row of the audit outbox."""

    #: Never used again for another row.
    id: int
    entry: AuditEntry


class AuditOutbox(Protocol):
    """Rows come only by way of ``JobTransaction``, and outlive their job."""

    @abstractmethod
    def waiting(self, limit: int, *, job_id: UUID | None = None) -> Sequence[UnsentEntry]:
        """Return rows, of one job or of all: oldest first."""

    @abstractmethod
    def remove(self, ids: Iterable[int]) -> None:
        """Remove rows whose entry was accepted. An id without a row is passed over."""
