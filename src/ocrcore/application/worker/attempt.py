"""A delivery, and the attempt that it led to."""

import threading
from dataclasses import dataclass, field
from datetime import datetime

from ocrcore.application.worker.outcomes import Outcome
from ocrcore.domain.item import Item
from ocrcore.domain.job import Job
from ocrcore.domain.keys import layout_key
from ocrcore.domain.task import Task
from ocrcore.ports.documents import Source
from ocrcore.ports.jobs import Lease


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message that was received and not acknowledged yet."""

    task: Task
    receipt: str
    #: The request that the message was sent for, for the log.
    request_id: str | None = None
    #: The group of the message, which stands for the owner; None if the queue does not tell.
    group: str | None = None
    #: How often the message was received, this time included.
    receives: int = 1


@dataclass(slots=True, eq=False)
class Attempt:
    """An item that this worker has claimed. Setting ``stop`` ends its recognition."""

    delivery: Delivery
    job: Job
    #: As it was claimed.
    item: Item
    claimed_at: datetime
    #: No heartbeat after this instant: an attempt that takes longer loses its lease.
    ends_at: datetime
    stop: threading.Event = field(default_factory=threading.Event)
    #: The document, until the recognition takes it.
    source: Source | None = None
    #: Set when the attempt is over; to be committed.
    outcome: Outcome | None = None
    #: Whether a thread is committing the outcome now.
    committing: bool = False
    #: Whether the outcome must be committed by itself, because a group commit with it failed unexpectedly.
    alone: bool = False

    @property
    def lease(self) -> Lease:
        """The lease that heartbeats renew."""
        return Lease(self.item.id, self.item.attempts)

    def taken_source(self) -> Source:
        """Return the document, which the caller closes, and forget it. Raises ``LookupError`` without one."""
        source, self.source = self.source, None
        if source is None:
            raise LookupError
        return source

    @property
    def layout_key(self) -> str:
        """The key of this attempt's layout; no other attempt writes there."""
        return layout_key(self.item.job_id, self.item.id, self.item.attempts)
