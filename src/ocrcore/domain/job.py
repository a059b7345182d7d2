"""A job: one submission of a client. It contains the counts of its items, not the items."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from ocrcore.domain.audit import EVENT_STEP, UPKEEP, AuditAction, AuditEntry, Event, item_event
from ocrcore.domain.codes import ItemErrorCode, ProblemCode
from ocrcore.domain.durations import later
from ocrcore.domain.errors import JobFinished, JobOpen, NotSubmitted, Refusal
from ocrcore.domain.file_warning import FileWarning
from ocrcore.domain.idempotency import IdempotencyKey
from ocrcore.domain.item import Item, Sweep
from ocrcore.domain.lifecycle import (
    DRAFT_COMMANDS,
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
from ocrcore.domain.notice import Happening, Notice, WebhookEvent
from ocrcore.domain.options import JobOptions
from ocrcore.domain.time_limits import TOMBSTONE_LIFE, UPLOAD_REST
from ocrcore.domain.uploads import Uploads

_REFUSALS: Final[Mapping[ProblemCode, type[Refusal]]] = {
    ProblemCode.JOB_OPEN: JobOpen,
    ProblemCode.JOB_FINISHED: JobFinished,
}

#: Event of a sweep -> the action in the audit log.
_SWEEPS: Final[Mapping[ItemEvent, AuditAction]] = {
    ItemEvent.DEADLINE_PASSED: AuditAction.JOB_EXPIRED,
    ItemEvent.CANCELLED: AuditAction.JOB_CANCELLED,
    ItemEvent.RETRIED: AuditAction.JOB_RETRIED,
}


@dataclass(frozen=True, slots=True)
class Job:
    """A job, or a draft until it is submitted. Every verb returns a new job, with the events for the audit log."""

    id: UUID
    owner: str
    name: str
    created_at: datetime
    #: The bucket of its documents; the row decides, never a message.
    s3_bucket: str
    options: JobOptions
    #: The deadline of its open items: ``options.expires_in`` after the submission or the last retry.
    sqs_retention_deadline: datetime
    #: None for a draft.
    submitted_at: datetime | None = None
    #: The idempotency key of the submission, if any.
    idempotency: IdempotencyKey | None = None
    #: The id of the request that submitted it, or of the latest retry, to find its lines in the log.
    request_id: str | None = None
    #: None while an item is open.
    finished_at: datetime | None = None
    counts: Counts = field(default_factory=Counts)
    #: Number of events and notices of the job itself so far; part of their ids.
    event_serial: int = 0
    #: The instant of the latest event, including those of items, or mark of a page. The next one is later, even if the
    #: clock steps back.
    last_event_at: datetime | None = None
    #: What a person should know about its files.
    warnings: tuple[FileWarning, ...] = ()
    #: The uploads of a draft whose client sends the files to addresses, and of its job until they are gone.
    uploads: Uploads | None = None
    #: Bytes of its files, of a draft those that are announced; None of a draft that nobody is shown, and if that is
    #: unknown, as of jobs of release 0.1.
    stored_bytes: int | None = None
    #: Uncommitted audit entries, written to the audit outbox together with the job.
    events: tuple[AuditEntry, ...] = field(default=(), compare=False, repr=False)
    #: Uncommitted notices, written for the webhooks of the owner together with the job.
    notices: tuple[Notice, ...] = field(default=(), compare=False, repr=False)

    @property
    def status(self) -> JobStatus:
        """The status, a pure function of the counts."""
        return job_status(self.counts)

    @property
    def is_shown(self) -> bool:
        """Whether its owner sees it: it is submitted, or a draft whose client asked for addresses."""
        return self.submitted_at is not None or self.uploads is not None

    @property
    def is_open(self) -> bool:
        """Whether an item is open."""
        return self.status in OPEN_JOBS

    @property
    def was_given_time_anew(self) -> bool:
        """Whether its time was counted anew since it was submitted, as by a retry; some of its pages may be older."""
        start = self.submitted_at
        return start is not None and self.sqs_retention_deadline > later(start, self.options.expires_in)

    def is_overdue(self, now: datetime) -> bool:
        """Return whether the deadline event is legal: submitted, open, and past the deadline."""
        return self.submitted_at is not None and self.is_open and is_overdue(self.sqs_retention_deadline, now)

    @property
    def keep_until(self) -> datetime | None:
        """When retention deletes it; None while it is open, and if it is kept until somebody deletes it."""
        if self.finished_at is None or self.options.keep is None:
            return None
        return later(self.finished_at, self.options.keep)

    @property
    def keep_at_least_until(self) -> datetime | None:
        """The earliest instant at which its time may be over: :attr:`keep_until`, or of an open job an earlier one.

        None for a draft, and if it is kept until somebody deletes it.
        """
        if self.submitted_at is None or self.options.keep is None:
            return None
        return later(self.finished_at or self.submitted_at, self.options.keep)

    def is_past_keeping(self, now: datetime) -> bool:
        """Return whether retention may delete it: finished, and kept for its time."""
        return self.keep_until is not None and is_overdue(self.keep_until, now)

    def submitted(self, now: datetime, items: int, *, refused: int = 0) -> "Job":
        """Turn a draft into a job of ``items`` pages, with a deadline counted from now.

        ``refused`` of them are of files that inspection refused. At least one is not.
        """
        job = replace(
            self,
            submitted_at=now,
            sqs_retention_deadline=later(now, self.options.expires_in),
            counts=Counts(total=items, pending=items - refused, error=refused),
            uploads=self.uploads and self.uploads.submitted(now),
        )
        detail = {"items": items} | ({"refused": refused} if refused else {})
        return _record(job, Event(AuditAction.JOB_CREATED, self.owner, detail), now)

    def renamed(self, name: str, now: datetime) -> "Job":
        """Return the job with another name. A draft gets no event, as it has no ``job.created`` yet."""
        self.allow(JobCommand.RENAME)
        if self.submitted_at is None:
            return replace(self, name=name)
        return _record(replace(self, name=name), Event(AuditAction.JOB_RENAMED, self.owner, {}), now)

    def deleted(self, now: datetime, actor: str | None = None) -> "Job":
        """Return the job with its ``job.deleted`` event, by default of its owner.

        A draft gets none, as it has no ``job.created`` either.
        """
        self.allow(JobCommand.DELETE)
        if self.submitted_at is None:
            return self
        deleted = _record(self, Event(AuditAction.JOB_DELETED, actor or self.owner, {}), now)
        return _noticed(deleted, WebhookEvent.JOB_DELETED, deleted.last_event_at or now, now)

    def with_addresses(self, now: datetime) -> "Job":
        """Return the draft with addresses for its uploads that end later."""
        return replace(self, uploads=self.uploads and self.uploads.renewed(now))

    def with_submit(self, names: tuple[UUID, ...], now: datetime) -> "Job":
        """Return the draft after a submit of its uploads has begun."""
        return replace(self, uploads=self.uploads and self.uploads.begun(names, now))

    def purged(self, now: datetime) -> "Job":
        """Return the job or draft after a purge of its uploads."""
        submitted = self.submitted_at is not None
        return replace(self, uploads=self.uploads and self.uploads.purged(now, submitted=submitted))

    def tombstone(self, now: datetime) -> "Tombstone":
        """Return what the deletion of the job leaves."""
        until = None if self.uploads is None else self.uploads.until
        return Tombstone(
            self.id, self.owner, deleted_at=now, purge_at=now, uploads_until=until, idempotency=self.idempotency
        )

    def retried(self, now: datetime, request_id: str | None = None) -> "Job":
        """Return the job with a new deadline. The caller sweeps the items afterwards, which adds the event."""
        self.allow(JobCommand.RETRY)
        return replace(self, sqs_retention_deadline=later(now, self.options.expires_in), request_id=request_id)

    def with_time_anew(self, now: datetime) -> "Job":
        """Return the draft, or the open job, with its whole time again; another job is as it was.

        For the rows of a copy: their time ran on while the copy lay, and nobody worked on them. Of a draft the copies
        that its uploads are not known to need stay, because the submit that wrote them may be later than the row.
        """
        if self.submitted_at is None:
            return replace(self, created_at=now, uploads=self.uploads and self.uploads.purged(now, submitted=False))
        return replace(self, sqs_retention_deadline=later(now, self.options.expires_in)) if self.is_open else self

    def allow(self, command: JobCommand) -> None:
        """Raise :class:`NotSubmitted`, :class:`JobOpen` or :class:`JobFinished` if the command is refused."""
        if self.submitted_at is None and command not in DRAFT_COMMANDS:
            raise NotSubmitted
        problem = JOB_COMMANDS[command, self.status]
        if problem is not None:
            refusal = _REFUSALS[problem]
            raise refusal

    def moved(self, changes: Iterable[tuple[Item, Item]], now: datetime) -> "Job":
        """Update the counts for changed items, given as pairs of before and after."""
        job, counts = self, self.counts
        for before, after in changes:
            counts = _recount(counts, before.status, after.status, 1, expired=_expired(after) - _expired(before))
            job = _record(job, item_event(before, after), now)
        return _counted(job, counts, now)

    def corrected(self, item: Item, places: int, now: datetime) -> "Job":
        """Return the job with the ``item.corrected`` event of a page that was corrected in so many places."""
        detail: dict[str, str | int] = {"item_id": str(item.id), "position": item.position}
        detail |= {"revision": item.revision, "places": places}
        return _record(self, Event(AuditAction.ITEM_CORRECTED, self.owner, detail), now)

    def marked(self, now: datetime) -> "Job":
        """Return the job after somebody marked a page of it as looked at, or took the mark back.

        That is no event of the audit log, as the mark itself says who and when. It is a change that streams carry.
        """
        return replace(self, last_event_at=self.next_event_at(now))

    def swept(self, sweep: Sweep, changed: Mapping[ItemStatus, int]) -> "Job":
        """Update the counts after a sweep; ``changed`` is the number of swept items by previous status."""
        counts = self.counts
        for source, number in changed.items():
            expired = number if sweep.error_code is ItemErrorCode.EXPIRED else 0
            if source is ItemStatus.ERROR:
                expired -= counts.expired  # a retry sweeps all ERROR items, including all expired ones
            counts = _recount(counts, source, sweep.target, number, expired=expired)
        job = _counted(self, counts, sweep.now)
        detail = {source.lower(): number for source, number in sorted(changed.items()) if number}
        action = _SWEEPS[sweep.event]
        actor = UPKEEP if action is AuditAction.JOB_EXPIRED else self.owner
        return _record(job, Event(action, actor, detail) if detail else None, sweep.now)

    def next_event_at(self, now: datetime) -> datetime:
        """Return the instant of an event that happens now: later than all previous ones, whatever the clock says."""
        return now if self.last_event_at is None else max(now, self.last_event_at + EVENT_STEP)

    def without_events(self) -> "Job":
        """Return the job without events and notices, after they were written."""
        return replace(self, events=(), notices=())


@dataclass(frozen=True, slots=True)
class Tombstone:
    """The record of a deleted job or draft. It tells late messages and results of a deleted job from unknown ones."""

    job_id: UUID
    owner: str
    deleted_at: datetime
    #: When the next purge of leftover documents is due.
    purge_at: datetime
    #: Purges so far that ended with an empty listing.
    purges: int = 0
    #: The end of the latest address that was given for uploads, or None.
    uploads_until: datetime | None = None
    #: Whether the search index has none of its pages; release 0.1 removes none.
    is_unindexed: bool = False
    #: The idempotency key of the submission, so that a repeat makes no second job; release 0.1 leaves none.
    idempotency: IdempotencyKey | None = None

    def purged(self, now: datetime, item_timeout: timedelta) -> "Tombstone | None":
        """Return the tombstone after an empty listing of documents, or None if no further purge is needed.

        The search index has no page of the job then. There is a purge right after the deletion, one an item's timeout
        later (a worker may have been about to store a layout), one when nothing can arrive at an address any more that
        was given for uploads, and one when every message of the job has expired.
        """
        if self.purges == 0:
            return replace(self, purges=1, purge_at=now + item_timeout, is_unindexed=True)
        if self.purges == 1 and self.uploads_until is not None and now < self.uploads_until + UPLOAD_REST:
            purge_at = self.uploads_until + UPLOAD_REST
            return replace(self, purge_at=purge_at, is_unindexed=True)  # not counted: release 0.1 counts up to two
        if self.purges == 1:
            return replace(self, purges=2, purge_at=self.deleted_at + TOMBSTONE_LIFE, is_unindexed=True)
        return None


def _record(job: Job, event: Event | None, now: datetime) -> Job:
    """Add an entry to the job's events, later than all previous ones, so that the log is in causal order."""
    if event is None:
        return job
    at = job.next_event_at(now)
    serial = job.event_serial if event.subject else job.event_serial + 1
    event_id = f"{event.subject or f'{job.id}#{serial}'}#{event.action}"
    entry = AuditEntry(event_id, job.id, event.action, event.actor, at, event.detail)
    return replace(job, event_serial=serial, last_event_at=at, events=(*job.events, entry))


def _counted(job: Job, counts: Counts, now: datetime) -> Job:
    if job_status(counts) in OPEN_JOBS:
        return replace(job, counts=counts, finished_at=None)
    if job.finished_at is not None or not counts.total:
        return replace(job, counts=counts, finished_at=job.finished_at or now)
    finished = replace(job, counts=counts, finished_at=now, event_serial=job.event_serial + 1)
    return _noticed(finished, WebhookEvent.JOB_FINISHED, now, now)


def _noticed(job: Job, event: WebhookEvent, at: datetime, now: datetime) -> Job:
    """Add a notice to those of the job, under its latest serial."""
    happening = Happening(event, job.id, job.event_serial, at, now, job.status, job.counts, job.finished_at)
    return replace(job, notices=(*job.notices, happening.notice))


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
