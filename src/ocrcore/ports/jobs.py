"""The state of record: jobs and their items.

Every change of a job goes through :meth:`Jobs.transact`. The transaction locks the job's row first, so changes of one
job are serialised, and the decision sees the latest committed state. Rows of the outbox and audit events are written in
the same transaction.
"""

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar
from uuid import UUID

from ocrcore.domain.api_key import ApiKey
from ocrcore.domain.correction import Correction, Rewrite
from ocrcore.domain.item import Item, Sweep
from ocrcore.domain.job import Job, Tombstone
from ocrcore.domain.lifecycle import ItemStatus, JobStatus
from ocrcore.domain.limits import Usage
from ocrcore.domain.search_page import SearchPage
from ocrcore.ports.api_keys import Asker

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class JobFilter:
    """Filter of a list of jobs; None and empty values match every job."""

    status: JobStatus | None = None
    name_prefix: str = ""
    created_after: datetime | None = None
    created_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class JobCursor:
    """Keyset cursor of a list, which runs from newest to oldest by instant, then id."""

    created_at: datetime
    id: UUID


@dataclass(frozen=True, slots=True)
class ReviewCursor:
    """Keyset cursor of a list by confidence, where None comes last, then by id."""

    confidence: float | None
    id: UUID


@dataclass(frozen=True, slots=True)
class Lease:
    """The lease of one attempt on an item."""

    item_id: UUID
    attempt: int


class JobTransaction(Protocol):
    """A transaction on one job whose row it has locked.

    All its writes are committed together, or none are.
    """

    @property
    @abstractmethod
    def job(self) -> Job:
        """The job's row as it was when it was locked."""

    @abstractmethod
    def item(self, item_id: UUID) -> Item | None:
        """Return an item of this job, or None."""

    @abstractmethod
    def add(self, items: Sequence[Item]) -> None:
        """Insert new items of this job."""

    @abstractmethod
    def save(self, job: Job, *items: Item) -> Job:
        """Write the job, and items that :meth:`item` returned before; return the job as stored.

        The job's events go to the audit outbox, and its notices become deliveries to the webhooks of its owner. The
        returned job has none of either, so another save does not repeat them. If the job's ``last_event_at`` is another
        one than before, these items have changed at that instant, for ``Changes``.

        Raises ``IdempotencyKeyTaken`` if the job gets a key that another job of the owner has, or its tombstone.
        """

    @abstractmethod
    def sweep(self, sweep: Sweep) -> Mapping[ItemStatus, int]:
        """Apply the sweep to every item in one of its sources; return the number of swept items by source.

        A sweep with ``queued_at`` also enqueues a message for each swept item.
        """

    @abstractmethod
    def enqueue(self, items: Sequence[Item], now: datetime) -> None:
        """Write an outbox row for each of these items of the job."""

    @abstractmethod
    def index(self, pages: Sequence[SearchPage]) -> None:
        """Add pages of this job to the search index, where they were not before.

        The caller also saves their items as indexed. A page whose number is taken gets the next one that is free.
        """

    @abstractmethod
    def reindex(self, page: SearchPage) -> None:
        """Replace the terms of a page of this job in the search index, where it keeps its number; add what it lacks.

        The caller also saves its item as indexed.
        """

    @abstractmethod
    def corrections(self, item_id: UUID) -> Sequence[Correction]:
        """Return the corrections of an item of this job, by line, those of the whole line first, then by word."""

    @abstractmethod
    def correct(self, item_id: UUID, change: Rewrite) -> None:
        """Drop and write corrections of an item that :meth:`item` returned before.

        A place that is written has no correction, or is among those that are dropped. The caller also saves the item.
        """

    @abstractmethod
    def api_key(self, key_id: str) -> ApiKey | None:
        """Return an API key of any owner, or None. It cannot be revoked before this transaction has ended."""

    @abstractmethod
    def usage(self) -> Usage:
        """Return what the owner's other jobs and drafts have, as committed; without a lock, so it may change."""

    @abstractmethod
    def delete(self, job: Job, tombstone: Tombstone) -> None:
        """Delete the job, its items with their corrections and their outbox rows, and write the tombstone.

        The job's pages stay in the search index, which finds them no more, until ``SearchIndex.remove``.
        The job's events go to the audit outbox, and its notices become deliveries; the rows of both stay.
        """


class Jobs(Protocol):
    """Jobs are written under the lock of their row. Reads take no lock and see committed state only."""

    @abstractmethod
    def add(self, draft: Job, *, asker: Asker | None = None) -> None:
        """Insert the row of a draft.

        Raises ``IdempotencyKeyTaken`` if another job of the owner has the draft's key, or the tombstone of one.
        """

    @abstractmethod
    def transact(self, job_id: UUID, decide: Callable[[JobTransaction], T], *, items: Sequence[UUID] = ()) -> T:
        """Lock the job's row, call ``decide``, commit, and return its result.

        ``items`` are the items that ``decide`` will read, as a hint, so that an adapter can read them with the lock.

        ``decide`` calls no port except the clock. It may be called again from the start if the store rolled the first
        try back. If it raises, everything is rolled back and the error propagates. Raises ``JobNotFound`` if there is
        no such row, ``DatabaseUnavailable`` if nothing was written, and ``CommitUnknown`` if it is unknown whether
        everything or nothing was written.
        """

    @abstractmethod
    def get(self, job_id: UUID, owner: str) -> Job:
        """Return a submitted job, or a draft with uploads.

        Raises ``JobNotFound``, also for another owner's job and for any other draft.
        """

    @abstractmethod
    def open_deadlines(self, job_ids: Sequence[UUID]) -> Mapping[UUID, datetime]:
        """Return the deadlines of the submitted, open jobs among these, of any owner."""

    @abstractmethod
    def find(self, owner: str, key: str) -> Job | None:
        """Return the owner's job or draft with uploads that has this idempotency key, or None."""

    @abstractmethod
    def list(self, owner: str, only: JobFilter, after: JobCursor | None, limit: int) -> Sequence[Job]:
        """Return submitted jobs after the cursor, newest first."""

    @abstractmethod
    def items(self, job_id: UUID, status: ItemStatus | None, after: int, limit: int) -> Sequence[Item]:
        """Return items with positions above ``after``, by position. Empty for an unknown job."""

    @abstractmethod
    def item(self, item_id: UUID, owner: str) -> Item:
        """Return an item of a submitted job. Raises ``ItemNotFound``, also for another owner's item."""

    @abstractmethod
    def corrections(self, item_id: UUID, owner: str) -> Sequence[Correction]:
        """Return the corrections of an item, as ``JobTransaction.corrections`` does; empty for another owner's."""

    @abstractmethod
    def least_sure(
        self, owner: str, after: ReviewCursor | None, limit: int, *, reviewed: bool | None = None
    ) -> Sequence[Item]:
        """Return the owner's DONE items after the cursor: by confidence, lowest first, then by id.

        Items without a confidence come last. ``reviewed`` picks those that somebody has looked at, or nobody has.
        """

    @abstractmethod
    def unreviewed(self, owner: str, most: int) -> int:
        """Return how many of the owner's DONE items nobody has looked at; ``most`` if there are more."""

    @abstractmethod
    def usage(self, owner: str) -> Usage:
        """Return what the owner's jobs and drafts have; those whose row tells no bytes count as having none."""

    @abstractmethod
    def waiting_owners(self, limit: int) -> Sequence[str]:
        """Return up to ``limit`` owners with a waiting item, in any order, each once."""

    @abstractmethod
    def renew(self, leases: Sequence[Lease], until: datetime) -> AbstractSet[Lease]:
        """Extend the leases of current attempts, without the jobs' locks; return the refused ones."""

    @abstractmethod
    def check(self) -> None:
        """Return if the database is reachable, and has room as far as it can be told.

        Else raises ``DatabaseUnavailable``, or its ``DatabaseFull``.
        """
