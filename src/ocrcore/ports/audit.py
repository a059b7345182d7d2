"""The audit log: the history of every job, kept for as long as the operator configures."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from ocrcore.domain.audit import AuditEntry


@dataclass(frozen=True, slots=True)
class AuditCursor:
    """Keyset cursor of a timeline, which runs from oldest to newest by instant, then event id."""

    at: datetime
    event_id: str


class Audit(Protocol):
    """An append-only log. Entries outlive their job."""

    @abstractmethod
    def write(self, entries: Sequence[AuditEntry]) -> Sequence[bool]:
        """Write any number of entries and return for each whether it was accepted. Accepted entries are durable.

        An event id has at most ``MOST_EVENT_ID`` characters, and an actor ``MOST_ACTOR``.

        Idempotent: an entry with the same job, instant and event id is replaced. Raises ``Unavailable`` only if no
        entry is known to have been accepted.
        """

    @abstractmethod
    def timeline(self, job_id: UUID, after: AuditCursor | None, limit: int) -> Sequence[AuditEntry]:
        """Return a job's entries after the cursor, by instant, then event id. Empty for an unknown job."""

    @abstractmethod
    def forget(self, before: datetime, limit: int) -> int:
        """Delete up to ``limit`` entries older than ``before`` and return their number.

        A log that expires old entries itself does nothing and returns 0.
        """

    @abstractmethod
    def check(self) -> None:
        """Return if the log is reachable, else raise ``Unavailable``."""
