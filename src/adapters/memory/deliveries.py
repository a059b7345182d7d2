"""Deliveries in memory."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice
from uuid import UUID

from adapters.memory.database import MemoryDatabase, require_asker
from ocrcore.domain.key_entry import KeyEntry
from ocrcore.domain.webhook import Delivery, DeliveryStatus, Webhook
from ocrcore.ports.api_keys import Asker
from ocrcore.ports.deliveries import Deliveries, DeliveryCursor, DeliveryFigures, FailingWebhook, Leased


class MemoryDeliveries(Deliveries):
    """The deliveries of a :class:`MemoryDatabase`."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    def due(self, now: datetime, limit: int) -> Mapping[UUID, str]:
        """Return webhooks with a delivery that is due."""
        with self._database.reading:
            due = dict.fromkeys(delivery.webhook_id for delivery in self._shown() if delivery.is_due(now))
            return {webhook_id: self._database.webhooks[webhook_id].owner for webhook_id in islice(due, limit)}

    def lease(self, webhook_id: UUID, now: datetime, most: int) -> Leased | None:
        """Begin an attempt on the delivery that is due longest."""
        with self._database.exclusive():
            webhook = self._database.webhooks.get(webhook_id)
            own = self._of(webhook_id)
            due = [delivery for delivery in own if delivery.is_due(now)]
            if webhook is None or not due or sum(delivery.is_in_flight(now) for delivery in own) >= most:
                return None
            leased = min(due, key=lambda delivery: (delivery.due_at, delivery.id)).leased(now)
            self._database.deliveries[leased.id] = leased
            return Leased(leased, webhook)

    def record(self, delivery: Delivery, webhook: Webhook | None = None, entries: Sequence[KeyEntry] = ()) -> bool:
        """Write how an attempt ended."""
        with self._database.exclusive():
            current = self._database.deliveries.get(delivery.id)
            if current is None or current.lease_until is None or not _is_same_attempt(current, delivery):
                return False
            self._database.deliveries[delivery.id] = delivery
            known = None if webhook is None else self._database.webhooks.get(webhook.id)
            if webhook is not None and known is not None:
                self._database.webhooks[known.id] = replace(known, disabled_at=webhook.disabled_at)
            self._database.put_keys([], entries)
            return True

    def add(self, delivery: Delivery, *, asker: Asker | None = None) -> None:
        """Write a delivery that belongs to no change of a job."""
        with self._database.exclusive():
            require_asker(self._database, asker)
            self._database.deliveries[delivery.id] = delivery

    def renew(
        self, webhook_id: UUID, delivery_id: UUID, now: datetime, *, asker: Asker | None = None
    ) -> Delivery | None:
        """Begin a new round of a delivery."""
        with self._database.exclusive():
            require_asker(self._database, asker)
            delivery = self._database.deliveries.get(delivery_id)
            if delivery is None or delivery.webhook_id != webhook_id:
                return None
            renewed = self._database.deliveries[delivery_id] = delivery.again(now)
            return renewed

    def list(self, webhook_id: UUID, after: DeliveryCursor | None, limit: int) -> Sequence[Delivery]:
        """Return the deliveries of a webhook after the cursor, newest first."""
        with self._database.reading:
            own = [d for d in self._of(webhook_id) if d.webhook_id in self._database.webhooks]
        own.sort(key=lambda delivery: (delivery.created_at, delivery.id), reverse=True)
        return [d for d in own if after is None or (d.created_at, d.id) < (after.created_at, after.id)][:limit]

    def drop(self, webhook_id: UUID, limit: int) -> int:
        """Delete deliveries of a webhook that was removed."""
        with self._database.exclusive():
            return self._delete([delivery.id for delivery in self._of(webhook_id)][:limit])

    def forget(self, before: datetime, limit: int) -> int:
        """Delete deliveries of changes before the instant."""
        with self._database.exclusive():
            rows, webhooks = self._database.deliveries.values(), self._database.webhooks
            old = [row for row in rows if row.created_at < before]
            ended = [row.id for row in old if row.due_at is None or row.webhook_id not in webhooks]
            return self._delete(ended[:limit])

    def figures(self, now: datetime) -> DeliveryFigures:
        """Return the figures of all deliveries."""
        with self._database.reading:
            shown = self._shown()
        due = [delivery.due_at for delivery in shown if delivery.due_at is not None and delivery.due_at <= now]
        counted = Counter(delivery.status for delivery in shown)
        return DeliveryFigures({status: counted[status] for status in DeliveryStatus}, min(due, default=None))

    def failing(self, since: datetime, limit: int) -> Sequence[FailingWebhook]:
        """Return webhooks with deliveries that failed after the instant."""
        with self._database.reading:
            failed = Counter(delivery.webhook_id for delivery in self._shown() if _failed_after(delivery, since))
            found = [FailingWebhook(self._database.webhooks[name], number) for name, number in failed.items()]
        return sorted(found, key=lambda each: (-each.failed, each.webhook.id))[:limit]

    def _of(self, webhook_id: UUID) -> Sequence[Delivery]:
        return [delivery for delivery in self._database.deliveries.values() if delivery.webhook_id == webhook_id]

    def _shown(self) -> Sequence[Delivery]:
        return [d for d in self._database.deliveries.values() if d.webhook_id in self._database.webhooks]

    def _delete(self, ids: Sequence[UUID]) -> int:
        for delivery_id in ids:
            del self._database.deliveries[delivery_id]
        return len(ids)


def _is_same_attempt(one: Delivery, other: Delivery) -> bool:
    return (one.attempts, one.tries) == (other.attempts, other.tries)


def _failed_after(delivery: Delivery, since: datetime) -> bool:
    finished_at = delivery.finished_at
    return delivery.status is DeliveryStatus.FAILED and finished_at is not None and finished_at > since
