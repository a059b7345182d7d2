"""Deliveries: the outbox of webhooks, and what became of each delivery.

Rows are written in the transaction of the change that they tell of (``JobTransaction``), outlive the job, and are sent
from here afterwards. They are leased by compare-and-set, and no transaction is open while one is sent.
"""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from ocrcore.domain.key_entry import KeyEntry
from ocrcore.domain.webhook import Delivery, DeliveryStatus, Webhook
from ocrcore.ports.api_keys import Asker


@dataclass(frozen=True, slots=True)
class DeliveryCursor:
    """Keyset cursor of a list, which runs from newest to oldest by instant, then id."""

    created_at: datetime
    id: UUID


@dataclass(frozen=True, slots=True)
class Leased:
    """A delivery with an attempt that is under way, and its webhook."""

    delivery: Delivery
    webhook: Webhook


@dataclass(frozen=True, slots=True)
class FailingWebhook:
    """A webhook with deliveries that failed for good."""

    webhook: Webhook
    failed: int


@dataclass(frozen=True, slots=True)
class DeliveryFigures:
    """Figures of all deliveries whose webhook exists."""

    #: The number of listed deliveries in each status.
    by_status: Mapping[DeliveryStatus, int]
    #: Since when the delivery that is due longest has been due; None: none is due.
    oldest_due_at: datetime | None


class Deliveries(Protocol):
    """A delivery whose webhook was removed is not due, and in no list and no figure."""

    @abstractmethod
    def due(self, now: datetime, limit: int) -> Mapping[UUID, str]:
        """Return up to ``limit`` webhooks with a delivery that is due, in any order, each with its owner."""

    @abstractmethod
    def lease(self, webhook_id: UUID, now: datetime, most: int) -> Leased | None:
        """Begin an attempt on the delivery of a webhook that is due longest; return it, or None.

        None if nothing is due, or ``most`` attempts on deliveries of the webhook are under way. Two calls never begin
        the same attempt, nor one more than ``most``, in whatever process.
        """

    @abstractmethod
    def record(self, delivery: Delivery, webhook: Webhook | None = None, entries: Sequence[KeyEntry] = ()) -> bool:
        """Write how an attempt ended, and the webhook if that has changed; return whether it was written.

        False, and nothing is written, if another attempt or another round has begun since (``attempts`` or ``tries``
        are others), or the delivery is gone. Of the webhook only ``disabled_at`` changes.
        """

    @abstractmethod
    def add(self, delivery: Delivery, *, asker: Asker | None = None) -> None:
        """Write a delivery that belongs to no change of a job."""

    @abstractmethod
    def renew(
        self, webhook_id: UUID, delivery_id: UUID, now: datetime, *, asker: Asker | None = None
    ) -> Delivery | None:
        """Begin a new round of a delivery (``Delivery.again``) and return it, or None if there is no such delivery."""

    @abstractmethod
    def list(self, webhook_id: UUID, after: DeliveryCursor | None, limit: int) -> Sequence[Delivery]:
        """Return the deliveries of a webhook after the cursor, newest first."""

    @abstractmethod
    def drop(self, webhook_id: UUID, limit: int) -> int:
        """Delete up to ``limit`` deliveries of a webhook that was removed; return how many were deleted."""

    @abstractmethod
    def forget(self, before: datetime, limit: int) -> int:
        """Delete up to ``limit`` deliveries of changes before the instant; return how many were deleted.

        One with an attempt due or under way stays until that has ended, unless its webhook was removed.
        """

    @abstractmethod
    def figures(self, now: datetime) -> DeliveryFigures:
        """Return the figures of all deliveries."""

    @abstractmethod
    def failing(self, since: datetime, limit: int) -> Sequence[FailingWebhook]:
        """Return webhooks with deliveries that failed after the instant, most failures first."""
