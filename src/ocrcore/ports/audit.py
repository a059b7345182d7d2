"""The audit log: what happened to every job, for as long as the operator wants it kept."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from ocrcore.domain.audit import AuditEntry


@dataclass(frozen=True, slots=True)
class AuditCursor:
    """The last entry of a page: timelines run from the oldest to the newest, by instant, then event id."""

    at: datetime
    event_id: str


class Audit(Protocol):
    """Entries are added, never taken back; a job's stay when the job goes."""

    @abstractmethod
    def write(self, entries: Sequence[AuditEntry]) -> Sequence[bool]:
        """Write any number; tell for each whether it was accepted. Accepted is durable.

        An entry of the same job, instant and event id is written over, so to repeat a write does no harm. Raises
        ``Unavailable`` only if none was accepted, as far as can be known.
        """

    @abstractmethod
    def timeline(self, job_id: UUID, after: AuditCursor | None, limit: int) -> Sequence[AuditEntry]:
        """Return a job's entries by instant, then event id, those that come after the cursor; none for no job."""

    @abstractmethod
    def forget(self, before: datetime, limit: int) -> int:
        """Drop up to ``limit`` entries older than the instant; return how many.

        A log that drops old entries by itself does nothing here, and returns 0.
        """

    @abstractmethod
    def check(self) -> None:
        """Return if the log can be reached, else raise ``Unavailable``."""
