"""The audit outbox: audit entries that were committed together with their change and are not in the log yet."""

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from ocrcore.domain.audit import AuditEntry


@dataclass(frozen=True, slots=True)
class UnsentEntry:
    """A row of the audit outbox."""

    #: Never reused.
    id: int
    entry: AuditEntry


class AuditOutbox(Protocol):
    """Rows are added by ``JobTransaction`` only, and outlive their job."""

    @abstractmethod
    def waiting(self, limit: int, *, job_id: UUID | None = None, skip: int = 0) -> Sequence[UnsentEntry]:
        """Return up to ``limit`` rows, of one job or of all jobs, oldest first, without the ``skip`` oldest."""

    @abstractmethod
    def remove(self, ids: Iterable[int]) -> None:
        """Remove rows whose entry was accepted. Unknown ids are ignored."""
