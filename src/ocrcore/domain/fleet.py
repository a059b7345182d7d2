"""The fleet: live workers, open pages, and the reason why a job does not progress."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from ocrcore.domain.codes import ItemErrorCode
from ocrcore.domain.instants import shown_instant
from ocrcore.domain.item import Item
from ocrcore.domain.job import Job
from ocrcore.domain.lifecycle import ItemStatus, JobStatus, retry_delay
from ocrcore.domain.stalled import InProgress

#: A worker without a report for this long counts as dead; live ones report at least three times in this time.
REPORT_LIFE: Final = timedelta(seconds=30)
#: Messages that have waited in the outbox for this long count as stuck.
_STUCK: Final = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class WorkerReport:
    """A process's report about itself, sent periodically."""

    id: UUID
    #: ``serve`` or ``worker``.
    kind: str
    host: str
    #: Pages that it reads at the same time; 0 if it only serves or has stopped.
    slots: int
    #: Name and version.
    engine: str
    #: Pace of one slot, averaged over its latest pages; None before the first.
    seconds_per_page: float | None
    seen_at: datetime

    def is_live(self, now: datetime) -> bool:
        """Return whether it reads pages, according to its latest report."""
        return self.slots > 0 and now - self.seen_at < REPORT_LIFE

    @property
    def has_read(self) -> bool:
        """Whether it reads pages, or read pages before it stopped, according to its latest report.

        A report without slots comes from a process that has stopped or only serves. A ``worker`` always starts with
        slots; a ``serve`` may only serve.
        """
        return self.slots > 0 or self.kind == "worker" or self.seconds_per_page is not None


@dataclass(frozen=True, slots=True)
class Volume:
    """Open items of all owners."""

    pending: int
    processing: int
    #: When the oldest row of the outbox was written.
    oldest_order_at: datetime | None
    #: When the longest-waiting item began to wait for a worker.
    oldest_pending_at: datetime | None


@dataclass(frozen=True, slots=True)
class Totals:
    """Jobs and items of all owners by status, without drafts."""

    jobs: Mapping[JobStatus, int]
    items: Mapping[ItemStatus, int]


@dataclass(frozen=True, slots=True)
class Fleet:
    """Workers and open pages at one instant."""

    now: datetime
    reports: Sequence[WorkerReport]
    volume: Volume

    @property
    def live(self) -> Sequence[WorkerReport]:
        """The live workers."""
        return [report for report in self.reports if report.is_live(self.now)]

    @property
    def slots(self) -> int:
        """Pages that are read at the same time."""
        return sum(report.slots for report in self.live)

    @property
    def pages_per_minute(self) -> float | None:
        """The pace of the live workers, by their own measurement; None before any has read a page."""
        pace = self._pages_per_second
        return None if pace is None else round(60 * pace, 1)

    @property
    def backlog_minutes(self) -> float | None:
        """The time that the live workers need for all open pages; None before any has read a page."""
        pace = self._pages_per_second
        return None if pace is None else round((self.volume.pending + self.volume.processing) / pace / 60, 1)

    @property
    def _pages_per_second(self) -> float | None:
        paces = [report.slots / report.seconds_per_page for report in self.live if report.seconds_per_page]
        return sum(paces) if paces else None

    def why_waiting(self, job: Job, pending: Sequence[Item], in_progress: InProgress | None = None) -> str | None:
        """Return why the job does not progress, in one sentence, or None if it progresses or is finished.

        ``pending`` are some of its waiting items, by position; they are needed only if no item is in progress, or if
        those in progress are stalled. ``in_progress`` is None if unknown, which counts as progress.
        """
        if not job.is_open:
            return None
        stalled = in_progress is not None and in_progress.is_stalled(self.now)
        if not self.live:
            return self._no_worker(in_progress)
        if job.counts.processing and not stalled:
            return None
        if in_progress is not None and stalled and not job.counts.pending:
            last_seen = in_progress.last_heard_of()
            return f"The worker has not been heard of since {last_seen}; {in_progress.taken_back(self.now)}."
        stuck = self.volume.oldest_order_at
        if stuck is not None and self.now - stuck > _STUCK:
            since = shown_instant(stuck)
            return f"The queue has taken no messages since {since}; they are kept and sent as soon as it does."
        return self._waits_for_attempt(pending) or self._backlog()

    def _no_worker(self, in_progress: InProgress | None) -> str:
        seen = [report.seen_at for report in self.reports if report.has_read]
        since = f"has been running since {shown_instant(max(seen))}" if seen else "has been running yet"
        back = f"{in_progress.taken_back(self.now)}, and " if in_progress is not None and in_progress.items else ""
        return f"No worker {since}; {back}the job goes on as soon as one is started (ocrcore worker)."

    def _waits_for_attempt(self, pending: Sequence[Item]) -> str | None:
        """Return the sentence if every known waiting item waits for its next attempt after a failure, else None."""
        if not pending or any(item.last_failure is None or _next_attempt(item) <= self.now for item in pending):
            return None
        first = min(pending, key=_next_attempt)
        number = f"Attempt {first.attempts + 1} of {first.attempts_limit}"
        return f"{number} at {shown_instant(_next_attempt(first))}, because {_REASONS[first.last_failure]}."

    def _backlog(self) -> str:
        pages = self.volume.pending
        waiting = "1 page waits" if pages == 1 else f"{pages} pages wait"
        slots = "1 slot" if self.slots == 1 else f"{self.slots} slots"
        minutes = self.backlog_minutes
        if minutes is None:
            return f"{waiting} for {slots}."
        left = "less than a minute" if minutes < 1 else f"about {minutes:.0f} min"
        return f"{waiting} for {slots}, {left} of work."


def _next_attempt(item: Item) -> datetime:
    return item.queued_at + retry_delay(item.attempts)


_REASONS: Final[Mapping[ItemErrorCode | None, str]] = {
    ItemErrorCode.OCR_TIMEOUT: "the last one took too long",
    ItemErrorCode.OCR_CRASHED: "the engine crashed in the last one",
    ItemErrorCode.SOURCE_MISSING: "the uploaded file could not be found",
    ItemErrorCode.UNSUPPORTED_LANGUAGE: "the last worker lacked a language of the job",
    ItemErrorCode.INTERNAL_ERROR: "the last one met a fault of the service",
}
