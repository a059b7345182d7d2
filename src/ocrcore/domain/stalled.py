"""Pages in work, and whether those who read them are still heard of."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from ocrcore.domain.instants import shown_instant
from ocrcore.domain.item import Item

#: How late a worker may renew a lease before it is called silent; for short leases, a sixth of them.
_LATE: Final = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class InProgress:
    """The pages of a job that are in work, all of them, under leases that are renewed every third of ``lease``."""

    items: Sequence[Item]
    lease: timedelta

    def is_stalled(self, now: datetime) -> bool:
        """Tell whether there are some, and nobody has renewed the lease of any when that was due."""
        due = self.lease / 3 + min(_LATE, self.lease / 6)
        return bool(self.items) and all(now - self._heard_at(item) > due for item in self.items)

    def taken_back(self, now: datetime) -> str:
        """Return when the first page comes back to those that wait, as the rest of a sentence."""
        until = min(_end(item) for item in self.items)
        lapse = "lapses" if until > now else "lapsed"
        page, their = ("1 page", "its lease") if len(self.items) == 1 else (f"{len(self.items)} pages", "their lease")
        return f"{page} in work will be taken back when {their} {lapse}, at {shown_instant(until)}"

    def last_heard_of(self) -> str:
        """Return when the last of the workers was heard of, printed."""
        return shown_instant(max(self._heard_at(item) for item in self.items))

    def _heard_at(self, item: Item) -> datetime:
        """Return when the item's worker last renewed its lease, or began."""
        renewed = _end(item) - self.lease
        return renewed if item.started_at is None else max(renewed, item.started_at)


def _end(item: Item) -> datetime:
    return item.queued_at if item.lease_until is None else item.lease_until
