"""The fleet: live workers, open pages, and the reason why a job does not progress."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from ocrcore.domain.lifecycle import ItemStatus, JobStatus
from ocrcore.domain.time_limits import REPORT_LIFE

#: Pace of a slot that has not read a page yet, for forecasts that must not wait for the first page.
ASSUMED_SECONDS_PER_PAGE: Final = 5.0


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
    #: Whether it reads documents of several pages; release 0.1 reads pictures only.
    documents: bool = False

    def is_live(self, now: datetime) -> bool:
        """Return whether it reads pages, according to its latest report."""
        return self.slots > 0 and now - self.seen_at < REPORT_LIFE

    def is_overdue(self, now: datetime) -> bool:
        """Return whether it reads pages, and has missed a report: it may be dead, and count as live for a while."""
        return self.slots > 0 and now - self.seen_at > REPORT_LIFE / 2

    @property
    def has_read(self) -> bool:
        """Whether it reads pages, or read pages before it stopped, according to its latest report.

        A report without slots comes from a process that has stopped or only serves. A ``worker`` always starts with
        slots; a ``serve`` may only serve.
        """
        return self.slots > 0 or self.kind == "worker" or self.seconds_per_page is not None


@dataclass(frozen=True, slots=True)
class BeingRead:
    """A page that a worker has claimed and not finished."""

    job_id: UUID
    item_id: UUID
    owner: str
    #: From 0, within its job.
    position: int
    #: The id of the worker's reports; None if it is unknown.
    worker: UUID | None
    #: When it was claimed.
    since: datetime


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
    def minutes_to_clear(self) -> float:
        """The time that the live workers need for all open pages, for whoever decides how many workers there are.

        Unlike :attr:`backlog_minutes` it is always known, and grows with the first page: slots that have not read a
        page yet count with an assumed pace, and without a live worker it is the time of a single slot.
        """
        paces = [report.slots / (report.seconds_per_page or ASSUMED_SECONDS_PER_PAGE) for report in self.live]
        pace = sum(paces) or 1 / ASSUMED_SECONDS_PER_PAGE
        return round((self.volume.pending + self.volume.processing) / pace / 60, 2)

    @property
    def _pages_per_second(self) -> float | None:
        paces = [report.slots / report.seconds_per_page for report in self.live if report.seconds_per_page]
        return sum(paces) if paces else None


@dataclass(frozen=True, slots=True)
class Figures:
    """What a process publishes: the state of the whole service, and what it did itself since it last published."""

    fleet: Fleet
    #: Recognised pages that are not in the search index yet; at most so many as are counted.
    search_backlog: int
    #: How long the delivery of a webhook that has been due longest has been due; None: this process sends none.
    webhook_age: timedelta | None
    #: Pages whose last attempt ended in this process, and how many of them are ERROR.
    ended: int
    failed: int
