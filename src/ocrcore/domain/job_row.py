"""A job's row beside the count of its items, for checks that take nothing on trust: the two should agree."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ocrcore.domain.lifecycle import OPEN_JOBS, Counts, JobStatus, job_status


@dataclass(frozen=True, slots=True)
class StoredState:
    """Counts, status and end as a job's row has them. Unlike :class:`Counts` they may contradict each other."""

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
    """A job's row and the count of its items, of one moment."""

    job_id: UUID
    #: None for a draft.
    submitted_at: datetime | None
    #: According to the row.
    stored: StoredState
    #: According to the items.
    counted: Counts
    #: When the latest of its finished items was finished.
    latest_end: datetime | None

    @property
    def lacks_items(self) -> bool:
        """Whether the row counts more items than there are: then it is not known which of the two is right."""
        return self.stored.total > self.counted.total

    def is_consistent(self, now: datetime) -> bool:
        """Tell whether the row agrees with the items."""
        return self.stored == self.expected(now)

    def expected(self, now: datetime) -> StoredState:
        """Return what the row should say; an end that it lacks is that of the latest item."""
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
