"""Stalled-worker detection: pages in progress whose leases are not renewed in time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from ocrcore.domain.instants import shown_instant
from ocrcore.domain.item import Item

#: How late a renewal may be before the worker counts as stalled; for short leases, a sixth of the lease.
_LATE: Final = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class InProgress:
    """All pages of a job that are in progress. Workers renew their leases every third of ``lease``."""

    items: Sequence[Item]
    lease: timedelta

    def is_stalled(self, now: datetime) -> bool:
        """Return whether pages are in progress and the renewal of every lease is overdue."""
        due = self.lease / 3 + min(_LATE, self.lease / 6)
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


def _end(item: Item) -> datetime:
    return item.queued_at if item.lease_until is None else item.lease_until
