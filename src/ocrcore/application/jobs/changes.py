"""Changes: the states of the jobs and items that have changed, for streams of events.

A stream carries states, not changes: what a reader gets twice does no harm, and what is overtaken need not be sent. The
items of a job come before the job, so a reader that sees a finished job has seen its items.

**Nothing is missed.** The instant of a change is that of the clock of its transaction, which may be committed later
than another one whose instant is higher. So every look goes back ``EVENT_OVERLAP`` behind the look before, and so does
a reader that resumes. Of the jobs in that time only those are read again that have another instant than at the last
look. The changes of one job are in order: its items are read from the last instant on.

**A job whose rows contradict each other** is logged and left out, so that it ends nobody's stream: one look serves the
streams of all owners. ``ocrcore doctor`` reports and repairs it.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol
from uuid import UUID

from ocrcore.application.by_halves import by_halves
from ocrcore.application.context import BATCH, Context
from ocrcore.application.jobs.blocked_by import blocked_by
from ocrcore.application.jobs.read import read_job
from ocrcore.domain.audit import EVENT_STEP
from ocrcore.domain.errors import JobNotFound, Unavailable
from ocrcore.domain.item import Item
from ocrcore.domain.job import Job
from ocrcore.domain.time_limits import EVENT_OVERLAP
from ocrcore.ports.changes import Change, ChangeCursor, ChangedItem

#: Changes and items that are read with one query. A change is three columns of an index.
_CHANGES: Final = 1000
_ITEMS: Final = 500

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class JobState:
    """A job as it is."""

    job: Job
    #: Why it does not progress, in one sentence, or None.
    blocked_by: str | None

    @property
    def owner(self) -> str:
        """The owner of the job."""
        return self.job.owner

    @property
    def job_id(self) -> UUID:
        """The id of the job."""
        return self.job.id


@dataclass(frozen=True, slots=True)
class ItemState:
    """An item as it is, without its text."""

    item: Item
    owner: str

    @property
    def job_id(self) -> UUID:
        """The id of its job."""
        return self.item.job_id


@dataclass(frozen=True, slots=True)
class Gone:
    """A job or draft that was deleted."""

    job_id: UUID
    owner: str


State = JobState | ItemState | Gone


class Interest(Protocol):
    """What somebody wants to know."""

    def wants(self, job_id: UUID, owner: str) -> bool:
        """Return whether the state of this job is wanted."""

    def wants_items(self, job_id: UUID, owner: str) -> bool:
        """Return whether the states of its items are wanted."""


class Everything(Interest):
    """Interest in all states."""

    def wants(self, job_id: UUID, owner: str) -> bool:  # noqa: ARG002 - the interface of any interest
        """Return True."""
        return True

    def wants_items(self, job_id: UUID, owner: str) -> bool:  # noqa: ARG002 - the interface of any interest
        """Return True."""
        return True


@dataclass(frozen=True, slots=True)
class States:
    """Some of the states that a reader gets."""

    states: Sequence[State]
    #: From where the reader may resume after these and all before them; None if only after some of the next ones.
    resume_at: datetime | None = None


class ChangeWatch:
    """The latest changes of some owners' jobs, for all streams of a process. One thread at a time.

    The first look goes back to the making of the watch, however late it comes: make it before a stream is read.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        #: The instant of the latest look, at first that of the making.
        self._looked_at = context.clock.now()
        #: What was seen of each job, as far back as looks go.
        self._seen: dict[UUID, Change] = {}
        #: Job that was left out -> from where its items are still to be told.
        self._left_out: dict[UUID, datetime] = {}

    @property
    def looked_at(self) -> datetime:
        """The instant of the latest look that came to its end.

        No reader may resume later than this. A look that is under way may hand out what it read long ago, after the
        reader has read something newer itself; if the reader is lost then, what it reads next must go back that far.
        """
        return self._looked_at

    def look(self, owners: Sequence[str], interest: Interest) -> Iterator[States]:
        """Yield the states of what has changed since the last look, in batches.

        The number of queries depends on what has changed, and not on the number of owners. What changed earlier, as far
        back as looks go, is yielded for owners that were not asked for before. Raises ``Unavailable``; the next look
        makes up for it then.
        """
        now = self._context.clock.now()
        since = min(now, self._looked_at) - EVENT_OVERLAP
        for page in _pages(self._context, owners, since):
            new = (change for change in page if self._is_new(change))
            for some in _batches([change for change in new if interest.wants(change.job_id, change.owner)]):
                yield from self._states(some, owners, since, interest)
        yield States((), resume_at=now)
        self._looked_at = now
        self._seen = {job_id: seen for job_id, seen in self._seen.items() if seen.at >= since}

    def _states(
        self, changes: Sequence[Change], owners: Sequence[str], since: datetime, interest: Interest
    ) -> Iterator[States]:
        left_out: set[UUID] = set()
        jobs, gone = _read(self._context, changes, owners, left_out)
        floors = {job.id: self._floor(job.id, since) for job in jobs if interest.wants_items(job.id, job.owner)}
        yield from _states(self._context, jobs, gone, floors, left_out)
        for job_id in floors.keys() - left_out:
            self._left_out.pop(job_id, None)
        self._left_out |= {job_id: self._floor(job_id, since) for job_id in left_out}
        self._seen |= {change.job_id: change for change in changes}
        for job in jobs:
            if job.last_event_at is not None:
                self._seen[job.id] = Change(job.last_event_at, job.id, job.owner)

    def _floor(self, job_id: UUID, since: datetime) -> datetime:
        """Return the instant after which items of a job are to be told."""
        seen = self._seen.get(job_id)
        return self._left_out.get(job_id, since - EVENT_STEP if seen is None else seen.at)

    def _is_new(self, change: Change) -> bool:
        seen = self._seen.get(change.job_id)
        return seen is None or ((seen.at, seen.is_gone) != (change.at, change.is_gone) and not seen.is_gone)


def states_since(context: Context, owner: str, since: datetime, *, items: bool) -> Iterator[States]:
    """Yield the states of all jobs of the owner that changed up to ``EVENT_OVERLAP`` before the instant, or later."""
    earliest = since - EVENT_OVERLAP
    for page in _pages(context, [owner], earliest):
        for changes in _batches(page):
            left_out: set[UUID] = set()
            jobs, gone = _read(context, changes, [owner], left_out)
            floors = {job.id: earliest - EVENT_STEP for job in jobs} if items else {}
            yield from _states(context, jobs, gone, floors, left_out)
            yield States((), resume_at=changes[-1].at)


def states_of_job(
    context: Context, owner: str, job_id: UUID, since: datetime | None, *, items: bool
) -> Iterator[States]:
    """Yield the state of a job, after those of its items that changed up to ``EVENT_OVERLAP`` before the instant.

    By default the instant is now. A job that was deleted since is gone. Raises ``JobNotFound`` before the first state.
    """
    earliest = (context.clock.now() if since is None else since) - EVENT_OVERLAP
    try:
        job = read_job(context, owner, job_id)
    except JobNotFound:
        stone = None if since is None else context.tombstones.get(job_id)
        if stone is None or stone.owner != owner:
            raise
        yield States([Gone(job_id, owner)])
        return
    yield from _states(context, [job], [], {job_id: earliest - EVENT_STEP} if items else {}, set())


def _pages(context: Context, owners: Sequence[str], since: datetime) -> Iterator[Sequence[Change]]:
    """Yield changes in order. A job that changes meanwhile may come again."""
    cursor = None
    while page := context.changes.since(owners, since, cursor, _CHANGES):
        yield page
        if len(page) < _CHANGES:
            return
        cursor = ChangeCursor(page[-1].at, page[-1].job_id)


def _batches(changes: Sequence[Change]) -> Iterator[Sequence[Change]]:
    for start in range(0, len(changes), BATCH):
        yield changes[start : start + BATCH]


def _read(
    context: Context, changes: Sequence[Change], owners: Sequence[str], left_out: set[UUID]
) -> tuple[Sequence[Job], Sequence[Gone]]:
    """Return the jobs that are there, and those that are gone. One that goes in between is gone at the next look.

    Jobs whose rows cannot be read are added to ``left_out``.
    """

    def leave_out(job_id: UUID) -> Sequence[Job]:
        _leave_out(job_id, left_out)
        return []

    there = [change.job_id for change in changes if not change.is_gone]
    jobs = by_halves(lambda job_ids: context.changes.jobs(owners, job_ids), there, leave_out)
    return jobs, [Gone(change.job_id, change.owner) for change in changes if change.is_gone]


def _leave_out(job_id: UUID, left_out: set[UUID]) -> None:
    _log.exception("events leave a job out; run ocrcore doctor", extra={"job_id": str(job_id)})
    left_out.add(job_id)


def _states(
    context: Context,
    jobs: Sequence[Job],
    gone: Sequence[Gone],
    floors: Mapping[UUID, datetime],
    left_out: set[UUID],
) -> Iterator[States]:
    """Yield the states of items, each later than the instant of its job, then of the jobs.

    Jobs whose items cannot be read are added to ``left_out``.
    """
    owners = {job.id: job.owner for job in jobs}
    for found in _items(context, floors, left_out):
        yield States([ItemState(changed.item, owners[changed.item.job_id]) for changed in found])
    reasons = blocked_by(context, jobs)
    yield States([*gone, *(JobState(job, why) for job, why in zip(jobs, reasons, strict=True))])


def _items(context: Context, floors: Mapping[UUID, datetime], left_out: set[UUID]) -> Iterator[Sequence[ChangedItem]]:
    """Yield pages of items, each in order; where those of several jobs cannot be read together, of each that can be."""
    cursor = None
    while floors:
        try:
            found = context.changes.items(floors, cursor, _ITEMS)
        except Unavailable:
            raise
        except Exception:  # noqa: BLE001 - an invalid row of one job must not end the streams of the others
            parts = list(floors.items())
            if len(parts) == 1:
                _leave_out(parts[0][0], left_out)
                return
            half = len(parts) // 2
            yield from _items(context, dict(parts[:half]), left_out)  # some may come twice, which does no harm
            floors, cursor = dict(parts[half:]), None
            continue
        if found:
            yield found
        if len(found) < _ITEMS:
            return
        cursor = ChangeCursor(found[-1].at, found[-1].item.id)
