"""What has changed: the jobs, deleted ones among them, and the items that had an event since an instant.

A job's changes are those that leave an event in the audit log. The mark of a page as looked at counts as an event, too,
though the log has none of it. The instant of a change is that of its event: of the transaction's clock, and later than
all events of the job before it. So the changes of one job are in order, but those of several are not: a transaction
that began earlier may be committed later, and clocks differ. Whoever asks again and again must ask for an instant
before the latest that it has seen.
"""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from ocrcore.domain.item import Item
from ocrcore.domain.job import Job


@dataclass(frozen=True, slots=True)
class Change:
    """The latest change of a submitted job, or the deletion of a job or draft."""

    #: The instant of its latest event, or of the deletion.
    at: datetime
    job_id: UUID
    owner: str
    is_gone: bool = False


@dataclass(frozen=True, slots=True)
class ChangeCursor:
    """Keyset cursor of a list that runs by instant, then id of the job or item."""

    at: datetime
    id: UUID


@dataclass(frozen=True, slots=True)
class ChangedItem:
    """An item, without its text, and the instant of its latest event."""

    at: datetime
    item: Item


class Changes(Protocol):
    """Reads take no lock and see committed state only. Each verb is one query, about at most 100 jobs."""

    @abstractmethod
    def since(self, owners: Sequence[str], since: datetime, after: ChangeCursor | None, limit: int) -> Sequence[Change]:
        """Return up to ``limit`` changes of these owners' jobs at or after the instant and after the cursor, in order.

        A job that was deleted is returned as long as its tombstone stays.
        """

    @abstractmethod
    def jobs(self, owners: Sequence[str], job_ids: Sequence[UUID]) -> Sequence[Job]:
        """Return those of these jobs that are submitted and belong to one of the owners, in any order."""

    @abstractmethod
    def items(self, since: Mapping[UUID, datetime], after: ChangeCursor | None, limit: int) -> Sequence[ChangedItem]:
        """Return items that had an event after the instant of their job and are after the cursor, in order.

        An item that waits for its first attempt has had none. Processes of release 0.1 leave no instant, so their
        changes of items are not found.
        """
