"""The in-memory tables of the state of record, shared by its adapters."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count
from threading import RLock
from uuid import UUID

from ocrcore.domain.api_key import ApiKey
from ocrcore.domain.audit import AuditEntry
from ocrcore.domain.correction import Correction
from ocrcore.domain.fleet import WorkerReport
from ocrcore.domain.item import Item
from ocrcore.domain.job import Job, Tombstone
from ocrcore.domain.key_entry import KeyEntry
from ocrcore.domain.notice import Notice
from ocrcore.domain.search_page import SearchPage
from ocrcore.domain.task import Task
from ocrcore.domain.webhook import Delivery, Webhook, deliveries_of
from ocrcore.ports.api_keys import Asker
from ocrcore.ports.outbox import Order


@dataclass(frozen=True, slots=True)
class Rejection:
    """A message that belongs to another application."""

    body: str
    at: datetime


class MemoryDatabase:
    """Tables as dictionaries, gone with the process.

    One writer at a time holds ``writing``, from its first read to its commit. Commits and reads hold ``reading`` only
    while they access the tables, so a read waits for no decision and sees all of a commit or nothing.
    """

    def __init__(self) -> None:
        self.writing = RLock()
        self.reading = RLock()
        self.jobs: dict[UUID, Job] = {}
        self.items: dict[UUID, Item] = {}
        #: Item -> the instant of its latest event, if it had one.
        self.changed: dict[UUID, datetime] = {}
        self.orders: dict[int, Order] = {}
        self.tombstones: dict[UUID, Tombstone] = {}
        self.reports: dict[UUID, WorkerReport] = {}
        self.api_keys: dict[str, ApiKey] = {}
        #: The history of keys by owner, instant and event id.
        self.key_entries: dict[tuple[str, datetime, str], KeyEntry] = {}
        #: Those of it that are in the log outside the database.
        self.logged: set[tuple[str, datetime, str]] = set()
        #: Owner -> the begin of its latest window, and how many requests were taken of it.
        self.rate_windows: dict[str, tuple[datetime, int]] = {}
        self.rejected: dict[str, Rejection] = {}
        #: The secret that signs sessions, and closed sessions with the instant at which they would have ended.
        self.secret: bytes | None = None
        self.closed_sessions: dict[str, datetime] = {}
        #: The corrections by item.
        self.corrections: dict[UUID, tuple[Correction, ...]] = {}
        self.webhooks: dict[UUID, Webhook] = {}
        self.deliveries: dict[UUID, Delivery] = {}
        #: The search index by item.
        self.pages: dict[UUID, SearchPage] = {}
        #: The audit log by the key of an entry, and its outbox.
        self.audit: dict[tuple[UUID, datetime, str], AuditEntry] = {}
        self.unsent: dict[int, AuditEntry] = {}
        self._items_of: dict[UUID, list[UUID]] = {}
        self._last_order = 0
        self._last_unsent = 0

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Exclude other writers and readers."""
        with self.writing, self.reading:
            yield

    def items_of(self, job_id: UUID) -> list[Item]:
        """Return the items of a job in the order of their insertion."""
        return [self.items[item_id] for item_id in self._items_of.get(job_id, ())]

    def put_items(self, job_id: UUID, items: Iterable[Item]) -> None:
        """Write items of one job, new or existing."""
        members = self._items_of.setdefault(job_id, [])
        for item in items:
            if item.id not in self.items:
                members.append(item.id)
            self.items[item.id] = item

    def put_order(self, task: Task, owner: str, request_id: str | None) -> None:
        """Write an outbox row under the next id."""
        self._last_order += 1
        self.orders[self._last_order] = Order(self._last_order, task, owner, request_id)

    def put_report(self, report: WorkerReport) -> None:
        """Write a process's report in place of its previous one."""
        self.reports[report.id] = report

    def put_news(self, entries: Iterable[AuditEntry]) -> None:
        """Write audit outbox rows under the next ids."""
        for entry in entries:
            self._last_unsent += 1
            self.unsent[self._last_unsent] = entry

    def put_deliveries(self, owner: str, notices: Iterable[Notice]) -> None:
        """Write the deliveries of notices to the webhooks of their owner."""
        webhooks = [webhook for webhook in self.webhooks.values() if webhook.owner == owner]
        self.deliveries |= {delivery.id: delivery for delivery in deliveries_of(notices, webhooks)}

    def put_keys(self, keys: Iterable[ApiKey], entries: Iterable[KeyEntry]) -> None:
        """Write API keys, new or existing, and entries of their owners' history. The use of a key stays as noted."""
        for key in keys:
            known = self.api_keys.get(key.id)
            self.api_keys[key.id] = replace(key, last_used_at=None if known is None else known.last_used_at)
        self.key_entries.update({(entry.owner, entry.at, entry.event_id): entry for entry in entries})

    def put_pages(self, pages: Iterable[SearchPage]) -> None:
        """Add pages to the search index, each under its number or the next one that is free."""
        taken = {page.number for page in self.pages.values()}
        for page in pages:
            if page.item_id in self.pages:
                continue
            number = next(number for number in count(page.number) if number not in taken)
            taken.add(number)
            self.pages[page.item_id] = replace(page, number=number)

    def put_corrections(self, corrections: Mapping[UUID, tuple[Correction, ...]]) -> None:
        """Write all corrections of these items."""
        self.corrections.update(corrections)

    def replace_page(self, page: SearchPage) -> None:
        """Give a page of the search index other terms; add it if it lacks."""
        known = self.pages.get(page.item_id)
        if known is None:
            self.put_pages([page])
        else:
            self.pages[page.item_id] = replace(known, terms=page.terms)

    def bury(self, tombstone: Tombstone) -> None:
        """Remove a job, its items and its outbox rows, and leave the tombstone."""
        job_id = tombstone.job_id
        for item_id in self._items_of.pop(job_id, ()):
            del self.items[item_id]
            self.corrections.pop(item_id, None)
            self.changed.pop(item_id, None)
        self.orders = {number: order for number, order in self.orders.items() if order.task.job_id != job_id}
        del self.jobs[job_id]
        self.tombstones[job_id] = tombstone


def require_asker(database: MemoryDatabase, asker: Asker | None) -> None:
    """Raise what the asker of a change requires of its key. Hold ``writing``."""
    if asker is not None:
        asker.require(None if asker.key_id is None else database.api_keys.get(asker.key_id))
