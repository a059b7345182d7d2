"""Read log: notes reads in memory, for upkeep to write to the audit log, so that no read waits for the log or fails."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from threading import Lock
from typing import Final
from uuid import UUID

from ocrcore.domain.audit import EVENT_STEP, AuditAction, AuditEntry, read_event_id
from ocrcore.domain.instants import minute_of
from ocrcore.domain.job import Job

#: Most pending entries; further reads are not logged.
CAPACITY: Final = 10_000

#: Job, action, and the actor if that is not the owner.
_Read = tuple[UUID, AuditAction, str | None]


class ReadLog:
    """One entry for each job, action, actor and minute. Best effort: a crash of the process loses pending entries."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._minute: datetime | None = None
        self._seen: set[_Read] = set()
        self._entries: list[AuditEntry] = []

    def note(self, job: Job, action: AuditAction, now: datetime, actor: str | None = None) -> None:
        """Note that an actor, by default the owner, read the job.

        The entry is later than all events that the job has so far.
        """
        at = now if job.last_event_at is None else max(now, job.last_event_at + EVENT_STEP)
        self._note(job.id, action, actor, AuditEntry("", job.id, action, actor or job.owner, at, {}), now)

    def note_page(self, job_id: UUID, owner: str, action: AuditAction, now: datetime, actor: str | None = None) -> None:
        """Note that an actor, by default the owner, read a page whose job was not read; the entry has this instant."""
        self._note(job_id, action, actor, AuditEntry("", job_id, action, actor or owner, now, {}), now)

    def _note(self, job_id: UUID, action: AuditAction, actor: str | None, entry: AuditEntry, now: datetime) -> None:
        minute = minute_of(now)
        with self._lock:
            if minute != self._minute:
                self._minute = minute
                self._seen.clear()
            read = (job_id, action, actor)
            if read in self._seen or max(len(self._seen), len(self._entries)) >= CAPACITY:
                return
            self._seen.add(read)
            self._entries.append(replace(entry, event_id=read_event_id(job_id, action, minute, actor)))

    def take(self, limit: int) -> Sequence[AuditEntry]:
        """Remove and return up to ``limit`` entries, oldest first."""
        with self._lock:
            taken, self._entries = self._entries[:limit], self._entries[limit:]
        return taken

    def put_back(self, entries: Iterable[AuditEntry]) -> None:
        """Put back entries that could not be written, up to the capacity."""
        with self._lock:
            self._entries = [*entries, *self._entries][:CAPACITY]
