"""What the simulation needs of a set of fakes: their ports, and a way to look at what they hold."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from ocrcore.application.context import Context, Policy
from ocrcore.domain.audit import AuditEntry
from ocrcore.domain.item import Item
from ocrcore.domain.job import Job, Tombstone
from ocrcore.ports.clock import Clock
from ocrcore.ports.ids import Ids
from ocrcore.ports.outbox import Order


class Tables(Protocol):
    """The state of record, as whoever checks it sees it. Nothing is written through this."""

    jobs: dict[UUID, Job]
    items: dict[UUID, Item]
    orders: dict[int, Order]
    tombstones: dict[UUID, Tombstone]
    #: The audit log by job, instant and event id, and its outbox.
    audit: dict[tuple[UUID, datetime, str], AuditEntry]
    unsent: dict[int, AuditEntry]

    def items_of(self, job_id: UUID) -> list[Item]:
        """Return the items of a job."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message in the queue."""

    body: str
    #: The latest that was handed out.
    receipt: str
    visible_at: datetime


@dataclass(frozen=True, slots=True)
class Fakes:
    """One service's worth of fakes."""

    context: Context
    tables: Tables
    #: Documents by key.
    documents: Mapping[str, bytes]
    messages: Callable[[], Sequence[Message]]
    dead_letters: Callable[[], Sequence[Message]]
    #: Puts a message among the dead letters.
    bury: Callable[[str], None]
    #: Messages that are not ours, by id.
    rejected: Mapping[str, object]
    #: Returns a file whose pages the fake engine reads as these texts.
    document: Callable[[Sequence[str]], bytes]


#: Makes an empty set of fakes, given the true clock, ids and policy.
Factory = Callable[[Clock, Ids, Policy], Fakes]
