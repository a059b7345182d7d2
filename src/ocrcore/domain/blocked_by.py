"""Why a job does not progress: the sentence that clients see as ``blocked_by``."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from ocrcore.domain.codes import ItemErrorCode
from ocrcore.domain.fleet import Fleet
from ocrcore.domain.instants import shown_instant
from ocrcore.domain.item import Item
from ocrcore.domain.job import Job
from ocrcore.domain.time_limits import OUTBOX_STUCK, RENEWAL_LATE, retry_delay


@dataclass(frozen=True, slots=True)
class InProgress:
    """All pages of a job that are in progress. Workers renew their leases every third of ``lease``."""

    items: Sequence[Item]
    lease: timedelta

    def is_stalled(self, now: datetime) -> bool:
        """Return whether pages are in progress and the renewal of every lease is overdue."""
        due = self.lease / 3 + min(RENEWAL_LATE, self.lease / 6)
        return bool(self.items) and all(now - self._renewed_at(item) > due for item in self.items)

    def taken_back(self, now: datetime) -> str:
        """Return when the first page will wait again, as part of a sentence."""
        until = min(_end(item) for item in self.items)
        lapse = "lapses" if until > now else "lapsed"
        page, their = ("1 page", "its lease") if len(self.items) == 1 else (f"{len(self.items)} pages", "their lease")
        return f"{page} in work will be taken back when {their} {lapse}, at {shown_instant(until)}"

    def last_heard_of(self) -> str:
        """Return the instant of the latest sign of life of any worker, formatted."""
        return shown_instant(max(self._renewed_at(item) for item in self.items))

    def _renewed_at(self, item: Item) -> datetime:
        """Return when the item's worker last renewed its lease, or began the attempt."""
        renewed = _end(item) - self.lease
        return renewed if item.started_at is None else max(renewed, item.started_at)


def why_waiting(fleet: Fleet, job: Job, pending: Sequence[Item], in_progress: InProgress | None = None) -> str | None:
    """Return why the job does not progress, in one sentence, or None if it progresses or is finished.

    ``pending`` are some of its waiting items, by position; they are needed only if no item is in progress, or if
    those in progress are stalled. ``in_progress`` is None if unknown, which counts as progress.
    """
    if not job.is_open:
        return None
    if job.submitted_at is None:
        return "It is not submitted; it goes on when its files are uploaded, and it is submitted."
    stalled = in_progress is not None and in_progress.is_stalled(fleet.now)
    if not fleet.live:
        return _no_worker(fleet, in_progress)
    if job.counts.processing and not stalled:
        return None
    if in_progress is not None and stalled and not job.counts.pending:
        last_seen = in_progress.last_heard_of()
        return f"The worker has not been heard of since {last_seen}; {in_progress.taken_back(fleet.now)}."
    stuck = fleet.volume.oldest_order_at
    if stuck is not None and fleet.now - stuck > OUTBOX_STUCK:
        since = shown_instant(stuck)
        return f"The queue has taken no messages since {since}; they are kept and sent as soon as it does."
    return _waits_for_attempt(fleet, pending) or _backlog(fleet)


def _no_worker(fleet: Fleet, in_progress: InProgress | None) -> str:
    seen = [report.seen_at for report in fleet.reports if report.has_read]
    since = f"has been running since {shown_instant(max(seen))}" if seen else "has been running yet"
    back = f"{in_progress.taken_back(fleet.now)}, and " if in_progress is not None and in_progress.items else ""
    return f"No worker {since}; {back}the job goes on as soon as one is started (ocrcore worker)."


def _waits_for_attempt(fleet: Fleet, pending: Sequence[Item]) -> str | None:
    """Return the sentence if every known waiting item waits for its next attempt after a failure, else None."""
    if not pending or any(item.last_failure is None or _next_attempt(item) <= fleet.now for item in pending):
        return None
    first = min(pending, key=_next_attempt)
    number = f"Attempt {first.attempts + 1} of {first.attempts_limit}"
    return f"{number} at {shown_instant(_next_attempt(first))}, because {_REASONS[first.last_failure]}."


def _backlog(fleet: Fleet) -> str:
    pages = fleet.volume.pending
    waiting = "1 page waits" if pages == 1 else f"{pages} pages wait"
    slots = "1 slot" if fleet.slots == 1 else f"{fleet.slots} slots"
    minutes = fleet.backlog_minutes
    if minutes is None:
        return f"{waiting} for {slots}."
    left = "less than a minute" if minutes < 1 else f"about {minutes:.0f} min"
    return f"{waiting} for {slots}, {left} of work."


def _end(item: Item) -> datetime:
    return item.queued_at if item.lease_until is None else item.lease_until


def _next_attempt(item: Item) -> datetime:
    return item.queued_at + retry_delay(item.attempts)


_REASONS: Final[Mapping[ItemErrorCode | None, str]] = {
    ItemErrorCode.OCR_TIMEOUT: "the last one took too long",
    ItemErrorCode.OCR_CRASHED: "the engine crashed in the last one",
    ItemErrorCode.SOURCE_MISSING: "the uploaded file could not be found",
    ItemErrorCode.UNSUPPORTED_LANGUAGE: "the last worker lacked a language of the job",
    ItemErrorCode.INTERNAL_ERROR: "the last one met a fault of the service",
}
