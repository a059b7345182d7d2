"""Check every item by itself, and that the audit log has an entry for its end."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from ocrcore.application.context import Context
from ocrcore.application.doctor.progress import Watch
from ocrcore.application.doctor.row_scan import all_items, by_job, sharing_a_page
from ocrcore.application.doctor.upkeep import patience
from ocrcore.domain.audit import AuditAction, AuditEntry
from ocrcore.domain.codes import ItemErrorCode
from ocrcore.domain.finding import Finding, FindingKind
from ocrcore.domain.item_row import ItemRow, contradictions
from ocrcore.domain.lifecycle import ItemStatus
from ocrcore.ports.audit import AuditCursor

#: Most entries of a timeline in memory at once.
_TIMELINE: Final = 1000
#: Logs may drop an entry somewhat before the end of its lifetime, as their clocks differ.
_MARGIN: Final = timedelta(hours=1)
#: Error code -> the action of the sweep that sets it.
_SWEEPS: Final[Mapping[str | None, AuditAction]] = {
    ItemErrorCode.EXPIRED: AuditAction.JOB_EXPIRED,
    ItemErrorCode.CANCELLED: AuditAction.JOB_CANCELLED,
}
#: The actions that tell of the ends of many items.
_OF_MANY: Final = frozenset({*_SWEEPS.values(), AuditAction.JOB_CREATED})


def examine_items(context: Context, watch: Watch, *, stride: int) -> Iterator[Finding]:
    """Yield stuck and contradictory items, and, for one job in ``stride``, ends that the audit log lacks.

    With a stride of 0 no timeline is read.
    """
    count = 0
    for job_id, items in by_job(all_items(context)):
        count += len(items)
        watch("ends of items", count)
        yield from _examine_rows(items)
        if stride and job_id.int % stride == 0:
            yield from _examine_ends(context, job_id, items)


def _examine_rows(items: Sequence[ItemRow]) -> Iterator[Finding]:
    for item in items:
        if _is_leaseless(item):
            yield _leaseless(item)
        elif wrong := ", ".join(contradictions(item)):
            yield _contradictory(item, wrong)
    for item in sharing_a_page(items):
        yield _contradictory(item, f"its page is that of another item: {item.s3_key}")


def _contradictory(item: ItemRow, why: str) -> Finding:
    seen = f"the item is {item.status}, and {why}"
    return Finding(FindingKind.CONTRADICTORY_ITEM, seen, item.place.job_id, item.item_id)


def _is_leaseless(item: ItemRow) -> bool:
    """Return whether the item is PROCESSING without a lease; a healthy item never is, as one statement writes both."""
    return item.status is ItemStatus.PROCESSING and item.lease_until is None


def _leaseless(item: ItemRow) -> Finding:
    seen = "the item is PROCESSING, and has no lease"
    return Finding(FindingKind.LEASELESS_ITEM, seen, item.place.job_id, item.item_id)


def _examine_ends(context: Context, job_id: UUID, items: Sequence[ItemRow]) -> Iterator[Finding]:
    """Look for the ends of a job's items in the log, in the outbox, and again in the log.

    The relay may have moved an entry from the outbox to the log between the first two looks.
    """
    now = context.clock.now()
    since, until = now - context.policy.audit_ttl + _MARGIN, now - patience(context)
    ended = [item for item in items if item.finished_at is not None and since < item.finished_at <= until]
    for look in (_logged_ends, _pending_ends, _logged_ends):
        if not ended:
            return
        ends = look(context, job_id)
        ended = [item for item in ended if not ends.contain(item)]
    for item in ended:
        seen = f"nothing in the audit log says that the item became {item.error_code or item.status}"
        yield Finding(FindingKind.MISSING_AUDIT, seen, job_id, item.item_id)


@dataclass(slots=True)
class _Ends:
    """The ends of items in a list of audit entries."""

    #: Ids of the events that end one item.
    events: set[str] = field(default_factory=set)
    #: Whether the list was truncated, so that it may contain any end.
    is_truncated: bool = False
    #: The latest entry of each action that ends many items.
    of_many: dict[str, datetime] = field(default_factory=dict)

    def note(self, entry: AuditEntry) -> None:
        """Note the entry if it is an end."""
        if entry.action in {AuditAction.ITEM_RECOGNISED, AuditAction.ITEM_FAILED}:
            self.events.add(entry.event_id)
        elif entry.action in _OF_MANY:
            self.of_many[entry.action] = max(entry.at, self.of_many.get(entry.action, entry.at))

    def contain(self, item: ItemRow) -> bool:
        """Return whether the item's end is among them, or may be."""
        if self.is_truncated:
            return True
        of_many = _SWEEPS.get(item.error_code)
        if of_many is None and item.attempts == 0:
            of_many = AuditAction.JOB_CREATED  # whose file was refused
        if of_many is not None:
            at = self.of_many.get(of_many)
            return at is not None and item.finished_at is not None and at >= item.finished_at
        action = AuditAction.ITEM_RECOGNISED if item.status is ItemStatus.DONE else AuditAction.ITEM_FAILED
        return f"{item.item_id}#{item.attempts}#{action}" in self.events


def _logged_ends(context: Context, job_id: UUID) -> _Ends:
    ends, after = _Ends(), None
    while page := context.audit.timeline(job_id, after, _TIMELINE):
        for entry in page:
            ends.note(entry)
        after = AuditCursor(page[-1].at, page[-1].event_id)
    return ends


def _pending_ends(context: Context, job_id: UUID) -> _Ends:
    """Return the ends in the outbox, which has no pagination: longer lists are truncated."""
    rows = context.audit_outbox.waiting(_TIMELINE, job_id=job_id)
    ends = _Ends(is_truncated=len(rows) == _TIMELINE)
    for row in rows:
        ends.note(row.entry)
    return ends
