"""The jobs that a caller reaches by its key: every transaction looks at the key before it decides anything.

The key's row is read inside the transaction, which keeps it from being revoked before the commit. So no change that a
caller makes is committed after its key was revoked, however long ago the request began. A token must not have ended
then, either. Whether a session was closed is looked at just before. The entries that the change adds to the audit log
name the key.
"""

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from ocrcore.application.access.authenticate import asker_of, require_open
from ocrcore.application.context import Context
from ocrcore.domain.api_key import ApiKey
from ocrcore.domain.caller import Caller
from ocrcore.domain.correction import Correction, Rewrite
from ocrcore.domain.errors import Unauthenticated
from ocrcore.domain.item import Item, Sweep
from ocrcore.domain.job import Job, Tombstone
from ocrcore.domain.lifecycle import ItemStatus
from ocrcore.domain.limits import Usage
from ocrcore.domain.search_page import SearchPage
from ocrcore.ports.api_keys import Asker
from ocrcore.ports.jobs import JobCursor, JobFilter, Jobs, JobTransaction, Lease, ReviewCursor

T = TypeVar("T")


def context_of(context: Context, caller: Caller) -> Context:
    """Return the context for the verbs of a caller."""
    if caller.actor == caller.owner and not caller.may_end:
        return context
    reader = None if caller.actor == caller.owner else caller.actor
    return replace(context, jobs=KeyedJobs(context, caller), reader=reader)


class KeyedJobs(Jobs):
    """The jobs of a context, for a caller with a key or a token, or one that acts for another owner."""

    def __init__(self, context: Context, caller: Caller) -> None:
        self._context, self._caller = context, caller
        self._jobs, self._clock = context.jobs, context.clock

    def transact(self, job_id: UUID, decide: Callable[[JobTransaction], T], *, items: Sequence[UUID] = ()) -> T:
        """Decide only if the key is alive. Raises ``Unauthenticated``."""
        require_open(self._context, self._caller)

        def decide_if_alive(transaction: JobTransaction) -> T:
            self._require_alive(transaction)
            return decide(_NamedTransaction(transaction, self._caller))

        return self._jobs.transact(job_id, decide_if_alive, items=items)

    def add(self, draft: Job, *, asker: Asker | None = None) -> None:
        """Insert the row of a draft if the key is alive. Raises ``Unauthenticated``."""
        self._jobs.add(draft, asker=asker or asker_of(self._context, self._caller))

    def get(self, job_id: UUID, owner: str) -> Job:
        """Return a job."""
        return self._jobs.get(job_id, owner)

    def open_deadlines(self, job_ids: Sequence[UUID]) -> Mapping[UUID, datetime]:
        """Return the deadlines of the open jobs among these."""
        return self._jobs.open_deadlines(job_ids)

    def find(self, owner: str, key: str) -> Job | None:
        """Return the owner's job with this idempotency key, or None."""
        return self._jobs.find(owner, key)

    def list(self, owner: str, only: JobFilter, after: JobCursor | None, limit: int) -> Sequence[Job]:
        """Return jobs, newest first."""
        return self._jobs.list(owner, only, after, limit)

    def items(self, job_id: UUID, status: ItemStatus | None, after: int, limit: int) -> Sequence[Item]:
        """Return items by position."""
        return self._jobs.items(job_id, status, after, limit)

    def item(self, item_id: UUID, owner: str) -> Item:
        """Return an item."""
        return self._jobs.item(item_id, owner)

    def corrections(self, item_id: UUID, owner: str) -> Sequence[Correction]:
        """Return the corrections of an item."""
        return self._jobs.corrections(item_id, owner)

    def least_sure(
        self, owner: str, after: ReviewCursor | None, limit: int, *, reviewed: bool | None = None
    ) -> Sequence[Item]:
        """Return DONE items by confidence."""
        return self._jobs.least_sure(owner, after, limit, reviewed=reviewed)

    def unreviewed(self, owner: str, most: int) -> int:
        """Return how many DONE items nobody has looked at."""
        return self._jobs.unreviewed(owner, most)

    def usage(self, owner: str) -> Usage:
        """Return what the owner's jobs and drafts have."""
        return self._jobs.usage(owner)

    def waiting_owners(self, limit: int) -> Sequence[str]:
        """Return owners with a waiting item."""
        return self._jobs.waiting_owners(limit)

    def renew(self, leases: Sequence[Lease], until: datetime) -> AbstractSet[Lease]:
        """Extend the leases of attempts."""
        return self._jobs.renew(leases, until)

    def check(self) -> None:
        """Return if the database is reachable."""
        self._jobs.check()

    def _require_alive(self, transaction: JobTransaction) -> None:
        """Read the key of the caller, if it has one, and raise ``Unauthenticated`` unless it may still act."""
        caller = self._caller
        key = None if caller.key_id is None else transaction.api_key(caller.key_id)
        if not caller.is_admitted(key, self._clock.now()):
            raise Unauthenticated


class _NamedTransaction(JobTransaction):
    """A transaction whose entries in the audit log name the key in place of the owner."""

    def __init__(self, transaction: JobTransaction, caller: Caller) -> None:
        self._transaction, self._caller = transaction, caller

    @property
    def job(self) -> Job:
        """The job's row as it was when it was locked."""
        return self._transaction.job

    def item(self, item_id: UUID) -> Item | None:
        """Return an item of this job, or None."""
        return self._transaction.item(item_id)

    def add(self, items: Sequence[Item]) -> None:
        """Insert new items of this job."""
        self._transaction.add(items)

    def save(self, job: Job, *items: Item) -> Job:
        """Write the job and items."""
        return self._transaction.save(self._named(job), *items)

    def sweep(self, sweep: Sweep) -> Mapping[ItemStatus, int]:
        """Apply the sweep."""
        return self._transaction.sweep(sweep)

    def enqueue(self, items: Sequence[Item], now: datetime) -> None:
        """Write outbox rows."""
        self._transaction.enqueue(items, now)

    def index(self, pages: Sequence[SearchPage]) -> None:
        """Add pages to the search index."""
        self._transaction.index(pages)

    def reindex(self, page: SearchPage) -> None:
        """Replace the terms of a page."""
        self._transaction.reindex(page)

    def corrections(self, item_id: UUID) -> Sequence[Correction]:
        """Return the corrections of an item."""
        return self._transaction.corrections(item_id)

    def correct(self, item_id: UUID, change: Rewrite) -> None:
        """Drop and write corrections."""
        self._transaction.correct(item_id, change)

    def api_key(self, key_id: str) -> ApiKey | None:
        """Return an API key."""
        return self._transaction.api_key(key_id)

    def usage(self) -> Usage:
        """Return what the owner's other jobs and drafts have."""
        return self._transaction.usage()

    def delete(self, job: Job, tombstone: Tombstone) -> None:
        """Delete the job."""
        self._transaction.delete(self._named(job), tombstone)

    def _named(self, job: Job) -> Job:
        """Return the job whose events of the owner have the caller as actor. Those of the deadline are upkeep's."""
        caller = self._caller
        events = (replace(e, actor=caller.actor) if e.actor == caller.owner else e for e in job.events)
        return replace(job, events=tuple(events))
