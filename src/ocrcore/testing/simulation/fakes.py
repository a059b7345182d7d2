"""The interface of fakes for the simulation: their ports, and read access to their state."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from ocrcore.application.context import Context
from ocrcore.application.policy import Policy
from ocrcore.domain.api_key import ApiKey
from ocrcore.domain.audit import AuditEntry
from ocrcore.domain.correction import Correction
from ocrcore.domain.item import Item
from ocrcore.domain.job import Job, Tombstone
from ocrcore.domain.key_entry import KeyEntry
from ocrcore.domain.notice import Notice
from ocrcore.domain.search_page import SearchPage
from ocrcore.domain.webhook import Delivery, Webhook
from ocrcore.ports.clock import Clock
from ocrcore.ports.ids import Ids
from ocrcore.ports.outbox import Order


class Tables(Protocol):
    """The tables of the database, for checkers, which only read them."""

    jobs: dict[UUID, Job]
    items: dict[UUID, Item]
    #: Id -> row of the outbox.
    orders: dict[int, Order]
    tombstones: dict[UUID, Tombstone]
    #: API keys by id.
    api_keys: dict[str, ApiKey]
    #: The histories of owners by owner, instant and event id.
    key_entries: dict[tuple[str, datetime, str], KeyEntry]
    #: The audit log by job, instant and event id.
    audit: dict[tuple[UUID, datetime, str], AuditEntry]
    #: Id -> entry of the audit outbox.
    unsent: dict[int, AuditEntry]
    #: The corrections by item.
    corrections: dict[UUID, tuple[Correction, ...]]
    #: The search index by item.
    pages: dict[UUID, SearchPage]
    #: Webhooks and deliveries by id.
    webhooks: dict[UUID, Webhook]
    deliveries: dict[UUID, Delivery]

    def put_deliveries(self, owner: str, notices: Iterable[Notice]) -> None:
        """Write the deliveries of notices."""

    def items_of(self, job_id: UUID) -> list[Item]:
        """Return the items of a job."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message in the queue."""

    body: str
    #: The receipt of its latest delivery.
    receipt: str
    visible_at: datetime
    message_id: str
    group: str
    #: How often it was delivered.
    receives: int


@dataclass(frozen=True, slots=True)
class Fakes:
    """The fakes of one service."""

    context: Context
    tables: Tables
    #: Documents by key.
    documents: Mapping[str, bytes]
    messages: Callable[[], Sequence[Message]]
    dead_letters: Callable[[], Sequence[Message]]
    #: Adds a dead letter with this body.
    bury: Callable[[str], None]
    #: Rejected messages by id.
    rejected: Mapping[str, object]
    #: The log of owners' histories by owner, instant and event id.
    histories: Mapping[tuple[str, datetime, str], KeyEntry]
    #: Returns a file whose pages the fake engine reads as these texts.
    document: Callable[[Sequence[str]], bytes]
    #: Returns the ports of the database and the audit log by name, on a copy of the tables without the rows of other
    #: owners. The simulation only reads by them.
    alone: Callable[[str], Mapping[str, object]]


#: Creates empty fakes with the true clock, ids and policy.
Factory = Callable[[Clock, Ids, Policy], Fakes]
