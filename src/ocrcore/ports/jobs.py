"""The state of record: jobs and their items."""

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar
from uuid import UUID

from ocrcore.domain.item import Item, Sweep
from ocrcore.domain.job import Job, Tombstone
from ocrcore.domain.lifecycle import ItemStatus, JobStatus

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class JobFilter:
    """Which jobs a list shows; what is None or empty does not limit it."""

    status: JobStatus | None = None
    name_prefix: str = ""
    created_after: datetime | None = None
    created_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class JobCursor:
    """The last job of a page: lists run from the newest to the oldest, by instant, then id."""

    created_at: datetime
    id: UUID


@dataclass(frozen=True, slots=True)
class Lease:
    """The claim of one attempt on an item."""

    item_id: UUID
    attempt: int


class JobTransaction(Protocol):
    """What a decision sees and writes while it alone holds the job's row.

    All of it is committed together, or nothing is.
    """

    @property
    @abstractmethod
    def job(self) -> Job:
        """The row, as locked."""

    @abstractmethod
    def item(self, item_id: UUID) -> Item | None:
        """Return an item of this job, or None."""

    @abstractmethod
    def add(self, items: Sequence[Item]) -> None:
        """Write new items of this job."""

    @abstractmethod
    def save(self, job: Job, *items: Item) -> Job:
        """Write the job, and items that :meth:`item` returned before; return the job as it is stored.

        The job's news go to the audit outbox; what is returned has none, so they are not written again.

        Raises ``IdempotencyKeyTaken`` where another job of the owner has the job's key.
        """

    @abstractmethod
    def sweep(self, sweep: Sweep) -> Mapping[ItemStatus, int]:
        """Apply the sweep to every item in one of its sources; return how many each source had.

        A sweep with ``queued_at`` also orders a message for each item that it changed.
        """

    @abstractmethod
    def enqueue(self, items: Sequence[Item], now: datetime) -> None:
        """Order a message for each of these items of the job: rows of the outbox."""

    @abstractmethod
    def delete(self, job: Job, tombstone: Tombstone) -> None:
        """Remove the job, its items and the messages ordered for them; leave the tombstone.

        The job's news go to the audit outbox, whose rows stay.
        """


class Jobs(Protocol):
    """Jobs are written under the lock of their row; reads take none and see only what is committed."""

    @abstractmethod
    def add(self, draft: Job) -> None:
        """Write the row of a draft."""

    @abstractmethod
    def transact(self, job_id: UUID, decide: Callable[[JobTransaction], T], *, items: Sequence[UUID] = ()) -> T:
        """Lock the job's row, let ``decide`` read and write, commit, and return its answer.

        ``items`` announces those that ``decide`` will ask for, so that they can be read together with the lock.

        ``decide`` calls no other port but the clock, and may be called again from the start when the store had to
        drop the first try. What it raises undoes everything and is raised here. Raises ``JobNotFound`` where there
        is no such row, ``DatabaseUnavailable`` when nothing was written, and ``CommitUnknown`` when it is not known
        whether everything or nothing was written.
        """

    @abstractmethod
    def get(self, job_id: UUID, owner: str) -> Job:
        """Return a submitted job. Raises ``JobNotFound``, for another owner's too."""

    @abstractmethod
    def open_deadlines(self, job_ids: Sequence[UUID]) -> Mapping[UUID, datetime]:
        """Return the deadlines of those of the jobs, of any owner, that are submitted and open."""

    @abstractmethod
    def find(self, owner: str, key: str) -> Job | None:
        """Return the owner's job that was submitted with this idempotency key, or None."""

    @abstractmethod
    def list(self, owner: str, only: JobFilter, after: JobCursor | None, limit: int) -> Sequence[Job]:
        """Return submitted jobs, newest first, those that come after the cursor."""

    @abstractmethod
    def items(self, job_id: UUID, status: ItemStatus | None, after: int, limit: int) -> Sequence[Item]:
        """Return items by position, those with a position above ``after``; none for an unknown job."""

    @abstractmethod
    def item(self, item_id: UUID, owner: str) -> Item:
        """Return an item of a submitted job. Raises ``ItemNotFound``, for another owner's too."""

    @abstractmethod
    def renew(self, leases: Sequence[Lease], until: datetime) -> AbstractSet[Lease]:
        """Extend the leases that are still current, without the jobs' locks; return those that were refused."""

    @abstractmethod
    def check(self) -> None:
        """Return if the store can be reached, else raise ``DatabaseUnavailable``."""
