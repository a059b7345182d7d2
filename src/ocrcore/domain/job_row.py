"""Raw job rows beside the count of their items, for consistency checks: the two should agree."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ocrcore.domain.lifecycle import OPEN_JOBS, Counts, JobStatus, job_status


@dataclass(frozen=True, slots=True)
class StoredState:
    """Counts, status and end as stored in a job's row. Unlike :class:`Counts` they may contradict each other."""

    status: JobStatus
    total: int
    pending: int
    processing: int
    done: int
    error: int
    expired: int
    #: None while an item is open.
    finished_at: datetime | None

    def __str__(self) -> str:
        """Return a summary for a finding."""
        ended = "finished" if self.finished_at else "not finished"
        return (
            f"{self.status}, {ended}, {self.total} items: {self.pending} pending, {self.processing} processing,"
            f" {self.done} done, {self.error} error, {self.expired} of them expired"
        )


@dataclass(frozen=True, slots=True)
class JobRow:
    """A job's row and the count of its items."""

    job_id: UUID
    #: None for a draft.
    submitted_at: datetime | None
    #: According to the row.
    stored: StoredState
    #: According to the items.
    counted: Counts
    #: The latest ``finished_at`` of its items.
    latest_end: datetime | None
    #: Whether something of uploads may be left: those of a draft, or of a job that was submitted not long ago.
    has_uploads: bool = False
    owner: str = ""

    @property
    def lacks_items(self) -> bool:
        """Whether the row counts more items than exist; then it is unknown which of the two is right."""
        return self.stored.total > self.counted.total

    def is_consistent(self, now: datetime) -> bool:
        """Return whether the row agrees with the items."""
        return self.stored == self.expected(now)

    def expected(self, now: datetime) -> StoredState:
        """Return the state that follows from the items; a missing end becomes that of the latest item."""
        counts, status = self.counted, job_status(self.counted)
        return StoredState(
            status=status,
            total=counts.total,
            pending=counts.pending,
            processing=counts.processing,
            done=counts.done,
            error=counts.error,
            expired=counts.expired,
            finished_at=None if status in OPEN_JOBS else self.stored.finished_at or self.latest_end or now,
        )
