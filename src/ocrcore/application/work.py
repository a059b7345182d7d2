"""What a worker holds in its hands: a message, the claim it led to, and the answer."""

import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ocrcore.domain.codes import ItemErrorCode
from ocrcore.domain.item import Item
from ocrcore.domain.job import Job
from ocrcore.domain.keys import job_folder
from ocrcore.domain.layout import Layout
from ocrcore.domain.task import Task
from ocrcore.ports.jobs import Lease


@dataclass(frozen=True, slots=True)
class Held:
    """A message that was received and is neither deleted nor let go."""

    task: Task
    receipt: str
    #: The id of the request that the message was sent for, for the log.
    trace: str | None = None


@dataclass(frozen=True, slots=True)
class Recognised:
    """The attempt brought a text; its layout is stored when it is settled."""

    layout: Layout
    layout_key: str

    def apply(self, item: Item, attempt: int, now: datetime) -> Item:
        """Return the item after this answer."""
        return item.recognised(attempt, now, self.layout, self.layout_key)


@dataclass(frozen=True, slots=True)
class Failed:
    """The item can never be read."""

    code: ItemErrorCode

    def apply(self, item: Item, attempt: int, now: datetime) -> Item:
        """Return the item after this answer."""
        return item.failed(attempt, now, self.code)


@dataclass(frozen=True, slots=True)
class Released:
    """The attempt failed; another may not."""

    code: ItemErrorCode

    def apply(self, item: Item, attempt: int, now: datetime) -> Item:
        """Return the item after this answer."""
        return item.released(attempt, now, self.code)


@dataclass(frozen=True, slots=True)
class GivenBack:
    """The attempt ended for no fault of the item, and does not count."""

    #: How long the message stays hidden.
    delay: timedelta = timedelta()

    def apply(self, item: Item, attempt: int, now: datetime) -> Item:
        """Return the item after this answer."""
        return item.given_back(attempt, now)


Answer = Recognised | Failed | Released | GivenBack


@dataclass(slots=True, eq=False)
class Work:
    """An item that this worker has claimed; ``stop`` ends its recognition."""

    held: Held
    job: Job
    #: As it was claimed.
    item: Item
    claimed_at: datetime
    #: No heartbeat after this: what takes longer is lost to this worker.
    ends_at: datetime
    stop: threading.Event = field(default_factory=threading.Event)
    #: The document, where it was read ahead by the name that the message gives.
    source: bytes | None = None
    #: Set when the recognition has ended; to be settled.
    answer: Answer | None = None
    #: Whether somebody is settling it now.
    settling: bool = False
    #: Whether it has to be settled by itself: in company something unexpected happened.
    alone: bool = False

    @property
    def lease(self) -> Lease:
        """The claim that heartbeats renew."""
        return Lease(self.item.id, self.item.attempts)

    @property
    def layout_key(self) -> str:
        """Where this attempt's layout goes, and no other's."""
        return f"{job_folder(self.item.job_id)}{self.item.id}.{self.item.attempts}.layout.json.gz"
