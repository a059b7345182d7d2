"""A job: what a client submitted at once. It never holds its items, only their counts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from ocrcore.domain.audit import EVENT_STEP, UPKEEP, AuditAction, AuditEntry, Event, item_event
from ocrcore.domain.codes import ItemErrorCode, ProblemCode
from ocrcore.domain.errors import JobFinished, JobOpen, Refusal
from ocrcore.domain.idempotency import IdempotencyKey
from ocrcore.domain.item import Item, Sweep
from ocrcore.domain.lifecycle import (
    JOB_COMMANDS,
    OPEN_JOBS,
    Counts,
    ItemEvent,
    ItemStatus,
    JobCommand,
    JobStatus,
    is_overdue,
    job_status,
)
from ocrcore.domain.options import JobOptions

#: A draft that was never submitted is deleted after this long.
DRAFT_LIFE: Final = timedelta(hours=24)

_REFUSALS: Final[Mapping[ProblemCode, type[Refusal]]] = {
    ProblemCode.JOB_OPEN: JobOpen,
    ProblemCode.JOB_FINISHED: JobFinished,
}

#: What the log says of a sweep.
_SWEEPS: Final[Mapping[ItemEvent, AuditAction]] = {
    ItemEvent.DEADLINE_PASSED: AuditAction.JOB_EXPIRED,
    ItemEvent.CANCELLED: AuditAction.JOB_CANCELLED,
    ItemEvent.RETRIED: AuditAction.JOB_RETRIED,
}


@dataclass(frozen=True, slots=True)
class Job:
    """A job, or, until it is submitted, the draft of one. Every verb returns a new job, and tells the log of it."""

    id: UUID
    owner: str
    name: str
    created_at: datetime
    #: Where its documents are; the row decides, never a message.
    s3_bucket: str
    options: JobOptions
    #: When what is not finished expires: ``options.expires_in`` after the submission or the last retry.
    sqs_retention_deadline: datetime
    #: None for a draft.
    submitted_at: datetime | None = None
    #: The client's name for the submission, if it gave one.
    idempotency: IdempotencyKey | None = None
    #: The request that submitted it or retried it last, so that lines of the log can be found by it.
    request_id: str | None = None
    #: None while an item is open.
    finished_at: datetime | None = None
    counts: Counts = field(default_factory=Counts)
    #: Events of the job itself so far; the number in their ids.
    event_serial: int = 0
    #: The instant of its latest event, of an item's too; the next one is later, whatever the clock says.
    last_event_at: datetime | None = None
    #: Entries of the audit log that are to be written together with it.
    events: tuple[AuditEntry, ...] = field(default=(), compare=False, repr=False)

    @property
    def status(self) -> JobStatus:
        """A pure function of the counts."""
        return job_status(self.counts)

    @property
    def is_open(self) -> bool:
        """Whether some item may still change by itself."""
        return self.status in OPEN_JOBS

    def is_overdue(self, now: datetime) -> bool:
        """Tell whether the deadline event is legal: submitted, open, and out of time."""
        return self.submitted_at is not None and self.is_open and is_overdue(self.sqs_retention_deadline, now)

    def submitted(self, now: datetime, items: int) -> "Job":
        """Turn a draft into a job of ``items`` pages whose time runs from now."""
        job = replace(
            self,
            submitted_at=now,
            sqs_retention_deadline=now + self.options.expires_in,
            counts=Counts(total=items, pending=items),
        )
        return _record(job, Event(AuditAction.JOB_CREATED, self.owner, {"items": items}), now)

    def renamed(self, name: str, now: datetime) -> "Job":
        """Call it something else."""
        self.allow(JobCommand.RENAME)
        return _record(replace(self, name=name), Event(AuditAction.JOB_RENAMED, self.owner, {}), now)

    def deleted(self, now: datetime) -> "Job":
        """Take leave of it: only its news are of use. Nothing is told of a draft, which nobody was told of."""
        self.allow(JobCommand.DELETE)
        if self.submitted_at is None:
            return self
        return _record(self, Event(AuditAction.JOB_DELETED, self.owner, {}), now)

    def retried(self, now: datetime, request_id: str | None = None) -> "Job":
        """Give it a new deadline; the sweep of its items, which tells the log, comes after."""
        self.allow(JobCommand.RETRY)
        return replace(self, sqs_retention_deadline=now + self.options.expires_in, request_id=request_id)

    def allow(self, command: JobCommand) -> None:
        """Raise :class:`JobOpen` or :class:`JobFinished` where the table of commands says no."""
        problem = JOB_COMMANDS[command, self.status]
        if problem is not None:
            refusal = _REFUSALS[problem]
            raise refusal

    def moved(self, changes: Iterable[tuple[Item, Item]], now: datetime) -> "Job":
        """Count items that changed, given as pairs of before and after."""
        job, counts = self, self.counts
        for before, after in changes:
            counts = _recount(counts, before.status, after.status, 1, expired=_expired(after) - _expired(before))
            job = _record(job, item_event(before, after), now)
        return _counted(job, counts, now)

    def swept(self, sweep: Sweep, changed: Mapping[ItemStatus, int]) -> "Job":
        """Count a sweep, given how many items of each status it changed."""
        counts = self.counts
        for source, number in changed.items():
            expired = number if sweep.error_code is ItemErrorCode.EXPIRED else 0
            if source is ItemStatus.ERROR:
                expired -= counts.expired  # a retry takes all ERROR items, so all the expired ones
            counts = _recount(counts, source, sweep.target, number, expired=expired)
        job = _counted(self, counts, sweep.now)
        detail = {source.lower(): number for source, number in sorted(changed.items()) if number}
        action = _SWEEPS[sweep.event]
        actor = UPKEEP if action is AuditAction.JOB_EXPIRED else self.owner
        return _record(job, Event(action, actor, detail) if detail else None, sweep.now)

    def without_events(self) -> "Job":
        """Return it without news, for they are written."""
        return replace(self, events=()) if self.events else self


@dataclass(frozen=True, slots=True)
class Tombstone:
    """What remains of a deleted job or draft, so that late messages and late results find nothing but this."""

    job_id: UUID
    owner: str
    deleted_at: datetime
    #: When to look for documents that are left.
    purge_at: datetime
    #: How often none was found.
    purges: int = 0

    def purged(self, now: datetime, item_timeout: timedelta) -> "Tombstone | None":
        """Return the tombstone after a listing found no document, or None when it has served.

        Documents are looked for until none is left, once more an item's time later (a worker may have been about
        to write), and a last time when no message of the job can be alive.
        """
        match self.purges:
            case 0:
                return replace(self, purges=1, purge_at=now + item_timeout)
            case 1:
                return replace(self, purges=2, purge_at=self.deleted_at + TOMBSTONE_LIFE)
            case _:
                return None


#: Longer than any message lives (SQS keeps one for at most 14 days).
TOMBSTONE_LIFE: Final = timedelta(days=15)


def _record(job: Job, event: Event | None, now: datetime) -> Job:
    """Add an entry to the job's news, later than any before, so that their order is that of their causes."""
    if event is None:
        return job
    at = now if job.last_event_at is None else max(now, job.last_event_at + EVENT_STEP)
    serial = job.event_serial if event.subject else job.event_serial + 1
    event_id = f"{event.subject or f'{job.id}#{serial}'}#{event.action}"
    entry = AuditEntry(event_id, job.id, event.action, event.actor, at, event.detail)
    return replace(job, event_serial=serial, last_event_at=at, events=(*job.events, entry))


def _counted(job: Job, counts: Counts, now: datetime) -> Job:
    is_open = job_status(counts) in OPEN_JOBS
    return replace(job, counts=counts, finished_at=None if is_open else job.finished_at or now)


def _expired(item: Item) -> int:
    return 1 if item.error_code is ItemErrorCode.EXPIRED else 0


def _recount(counts: Counts, source: ItemStatus, target: ItemStatus, number: int, *, expired: int) -> Counts:
    numbers = {
        ItemStatus.PENDING: counts.pending,
        ItemStatus.PROCESSING: counts.processing,
        ItemStatus.DONE: counts.done,
        ItemStatus.ERROR: counts.error,
    }
    numbers[source] -= number
    numbers[target] += number
    return Counts(
        total=counts.total,
        pending=numbers[ItemStatus.PENDING],
        processing=numbers[ItemStatus.PROCESSING],
        done=numbers[ItemStatus.DONE],
        error=numbers[ItemStatus.ERROR],
        expired=counts.expired + expired,
    )
