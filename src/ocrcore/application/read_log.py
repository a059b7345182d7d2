"""Read log: notes reads in memory, for upkeep to write to the audit log, so that no read waits for the log or fails."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from threading import Lock
from typing import Final
from uuid import UUID

from ocrcore.domain.audit import EVENT_STEP, AuditAction, AuditEntry, read_event_id
from ocrcore.domain.instants import minute_of
from ocrcore.domain.job import Job

#: Most pending entries, and most reads of a minute that are remembered; further ones are not logged, but counted.
CAPACITY: Final = 10_000

#: Job, action, and the actor if that is not the owner.
_Read = tuple[UUID, AuditAction, str | None]


class ReadLog:
    """One entry for each job, action, actor and minute. Best effort: a crash of the process loses pending entries.

    Where there is no room, the owner whose jobs have the most entries loses the latest of them to one that has less.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._minute: datetime | None = None
        #: Owner -> what was read of it in this minute.
        self._seen: dict[str, set[_Read]] = {}
        #: Owners and entries, the oldest first, and how many each owner has.
        self._entries: list[tuple[str, AuditEntry]] = []
        self._numbers: Counter[str] = Counter()
        #: The owners of the entries that were taken last, by event id.
        self._taken: dict[str, str] = {}
        self._lost = 0

    def note(self, job: Job, action: AuditAction, now: datetime, actor: str | None = None) -> None:
        """Note that an actor, by default the owner, read the job.

        The entry is later than all events that the job has so far.
        """
        at = now if job.last_event_at is None else max(now, job.last_event_at + EVENT_STEP)
        self._note(job.owner, (job.id, action, actor), at, now)

    def note_page(self, job_id: UUID, owner: str, action: AuditAction, now: datetime, actor: str | None = None) -> None:
        """Note that an actor, by default the owner, read a page whose job was not read; the entry has this instant."""
        self._note(owner, (job_id, action, actor), now, now)

    def _note(self, owner: str, read: _Read, at: datetime, now: datetime) -> None:
        minute = minute_of(now)
        with self._lock:
            if minute != self._minute:
                self._minute = minute
                self._seen.clear()
            seen = self._seen.setdefault(owner, set())
            if read in seen:
                return
            if not (self._remember(seen) and self._make_room(owner)):
                self._lost += 1
                return
            seen.add(read)
            job_id, action, actor = read
            event_id = read_event_id(job_id, action, minute, actor)
            self._append(owner, AuditEntry(event_id, job_id, action, actor or owner, at, {}))

    def take(self, limit: int) -> Sequence[AuditEntry]:
        """Remove and return up to ``limit`` entries, oldest first."""
        with self._lock:
            taken, self._entries = self._entries[:limit], self._entries[limit:]
            self._numbers.subtract(owner for owner, _ in taken)
            self._numbers = +self._numbers  # without those that have none
            self._taken = {entry.event_id: owner for owner, entry in taken}
        return [entry for _, entry in taken]

    def put_back(self, entries: Iterable[AuditEntry]) -> None:
        """Put back entries that could not be written, of those that were taken last, up to the capacity."""
        with self._lock:
            kept, self._entries = self._entries, []
            self._numbers.clear()
            for owner, entry in [*((self._taken.get(one.event_id, ""), one) for one in entries), *kept]:
                if self._make_room(owner):
                    self._append(owner, entry)
                else:
                    self._lost += 1

    def take_lost(self) -> int:
        """Return how many reads found no room since the last call."""
        with self._lock:
            lost, self._lost = self._lost, 0
        return lost

    def _append(self, owner: str, entry: AuditEntry) -> None:
        self._entries.append((owner, entry))
        self._numbers[owner] += 1

    def _make_room(self, owner: str) -> bool:
        """Return whether there is room for one more entry of an owner, which another one may lose."""
        if len(self._entries) < CAPACITY:
            return True
        most, number = max(self._numbers.items(), key=lambda one: one[1])
        if number <= self._numbers[owner] + 1:
            return False
        latest = next(place for place in reversed(range(CAPACITY)) if self._entries[place][0] == most)
        del self._entries[latest]
        self._numbers[most] -= 1
        self._lost += 1
        return True

    def _remember(self, seen: set[_Read]) -> bool:
        """Return whether one more read of an owner may be remembered; one of another is then told twice, if need be."""
        if sum(map(len, self._seen.values())) < CAPACITY:
            return True
        most = max(self._seen.values(), key=len)
        if len(most) <= len(seen) + 1:
            return False
        most.pop()
        return True
