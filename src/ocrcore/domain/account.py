"""What a job's row says of its items, beside what the items are: the two should agree."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ocrcore.domain.lifecycle import OPEN_JOBS, Counts, JobStatus, job_status


@dataclass(frozen=True, slots=True)
class Standing:
    """How a job's row says that its items stand. Unlike :class:`Counts` it may be nonsense."""

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
        """Return it in a few words."""
        ended = "finished" if self.finished_at else "not finished"
        return (
            f"{self.status}, {ended}, {self.total} items: {self.pending} pending, {self.processing} processing,"
            f" {self.done} done, {self.error} error, {self.expired} of them expired"
        )


@dataclass(frozen=True, slots=True)
class Account:
    """A job's row and the count of its items, of one moment."""

    job_id: UUID
    #: None for a draft.
    submitted_at: datetime | None
    #: What the row says.
    said: Standing
    #: What the items are.
    counted: Counts
    #: When the latest of its finished items ended.
    latest_end: datetime | None

    @property
    def lacks_items(self) -> bool:
        """Whether the row speaks of more items than there are: then nobody knows which of the two is right."""
        return self.said.total > self.counted.total

    def agrees(self, now: datetime) -> bool:
        """Tell whether the row says what the items are."""
        return self.said == self.due(now)

    def due(self, now: datetime) -> Standing:
        """Return what the row should say; an end that nobody noted was that of the latest item."""
        counts, status = self.counted, job_status(self.counted)
        return Standing(
            status=status,
            total=counts.total,
            pending=counts.pending,
            processing=counts.processing,
            done=counts.done,
            error=counts.error,
            expired=counts.expired,
            finished_at=None if status in OPEN_JOBS else self.said.finished_at or self.latest_end or now,
        )
