"""Examine: every item by itself, and whether the audit log tells how it ended."""

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

#: Entries of a timeline that are in memory at once.
_TIMELINE: Final = 1000
#: Before an entry's time is over it may be dropped already: logs and clocks are not that exact.
_MARGIN: Final = timedelta(hours=1)
#: What ends all the open items of a job at once, and the code that they have then.
_SWEEPS: Final[Mapping[str, AuditAction]] = {
    ItemErrorCode.EXPIRED: AuditAction.JOB_EXPIRED,
    ItemErrorCode.CANCELLED: AuditAction.JOB_CANCELLED,
}


def examine_items(context: Context, watch: Watch, *, stride: int) -> Iterator[Finding]:
    """Yield items that no rule would ever move or make, and, of one job in ``stride``, ends that the audit log lacks.

    With a stride of 0 no timeline is read.
    """
    items = 0
    for job_id, entries in by_job(all_items(context)):
        items += len(entries)
        watch("ends of items", items)
        yield from _examine_rows(entries)
        if stride and job_id.int % stride == 0:
            yield from _examine_ends(context, job_id, entries)


def _examine_rows(entries: Sequence[ItemRow]) -> Iterator[Finding]:
    for entry in entries:
        if _is_leaseless(entry):
            yield _leaseless(entry)
        elif wrong := ", ".join(contradictions(entry)):
            yield _contradictory(entry, wrong)
    for entry in sharing_a_page(entries):
        yield _contradictory(entry, f"its page is that of another item: {entry.s3_key}")


def _contradictory(entry: ItemRow, why: str) -> Finding:
    seen = f"the item is {entry.status}, and {why}"
    return Finding(FindingKind.CONTRADICTORY_ITEM, seen, entry.place.job_id, entry.item_id)


def _is_leaseless(entry: ItemRow) -> bool:
    """One statement writes both status and lease, so there is no such moment in a healthy item's life."""
    return entry.status is ItemStatus.PROCESSING and entry.lease_until is None


def _leaseless(entry: ItemRow) -> Finding:
    seen = "the item is PROCESSING, and has no lease"
    return Finding(FindingKind.LEASELESS_ITEM, seen, entry.place.job_id, entry.item_id)


def _examine_ends(context: Context, job_id: UUID, entries: Sequence[ItemRow]) -> Iterator[Finding]:
    """Look for the ends of a job's items: in the log, then in the outbox, and then in the log once more."""
    now = context.clock.now()
    since, until = now - context.policy.audit_ttl + _MARGIN, now - patience(context)
    ended = [entry for entry in entries if entry.finished_at is not None and since < entry.finished_at <= until]
    for look in (_told, _untold, _told):
        if not ended:
            return
        told = look(context, job_id)
        ended = [entry for entry in ended if not told.tells(entry)]
    for entry in ended:
        seen = f"nothing in the audit log says that the item became {entry.error_code or entry.status}"
        yield Finding(FindingKind.MISSING_AUDIT, seen, job_id, entry.item_id)


@dataclass(slots=True)
class _Ends:
    """The ends of items that a log tells."""

    events: set[str] = field(default_factory=set)
    #: Whether there are more that were not looked at, so that nobody can say that it lacks one.
    is_cut: bool = False
    #: The latest sweep of each kind.
    sweeps: dict[AuditAction, datetime] = field(default_factory=dict)

    def note(self, entry: AuditEntry) -> None:
        """Keep the entry if it tells an end."""
        if entry.action in {AuditAction.ITEM_RECOGNISED, AuditAction.ITEM_FAILED}:
            self.events.add(entry.event_id)
        elif entry.action in _SWEEPS.values():
            self.sweeps[entry.action] = max(entry.at, self.sweeps.get(entry.action, entry.at))

    def tells(self, entry: ItemRow) -> bool:
        """Tell whether the item's end is among them, or may be."""
        if self.is_cut:
            return True
        sweep = _SWEEPS.get(entry.error_code) if entry.error_code is not None else None
        if sweep is not None:
            at = self.sweeps.get(sweep)
            return at is not None and entry.finished_at is not None and at >= entry.finished_at
        action = AuditAction.ITEM_RECOGNISED if entry.status is ItemStatus.DONE else AuditAction.ITEM_FAILED
        return f"{entry.item_id}#{entry.attempts}#{action}" in self.events


def _told(context: Context, job_id: UUID) -> _Ends:
    ends, after = _Ends(), None
    while page := context.audit.timeline(job_id, after, _TIMELINE):
        for entry in page:
            ends.note(entry)
        after = AuditCursor(page[-1].at, page[-1].event_id)
    return ends


def _untold(context: Context, job_id: UUID) -> _Ends:
    """Return what waits in the outbox, which has no pages: where there is more than one, it is cut."""
    rows = context.audit_outbox.waiting(_TIMELINE, job_id=job_id)
    ends = _Ends(is_cut=len(rows) == _TIMELINE)
    for row in rows:
        ends.note(row.entry)
    return ends
