"""Webhooks in memory."""

from collections.abc import Callable, Sequence
from uuid import UUID

from adapters.memory.database import MemoryDatabase, require_asker
from ocrcore.domain.webhook import Webhook
from ocrcore.ports.api_keys import Asker
from ocrcore.ports.webhooks import WebhookChange, WebhookCursor, Webhooks


class MemoryWebhooks(Webhooks):
    """The webhooks of a :class:`MemoryDatabase`."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    def get(self, webhook_id: UUID) -> Webhook | None:
        """Return a webhook, or None."""
        with self._database.reading:
            return self._database.webhooks.get(webhook_id)

    def list(self, owner: str, after: WebhookCursor | None, limit: int) -> Sequence[Webhook]:
        """Return the webhooks of an owner after the cursor, newest first."""
        with self._database.reading:
            own = [webhook for webhook in self._database.webhooks.values() if webhook.owner == owner]
        own.sort(key=lambda webhook: (webhook.created_at, webhook.id), reverse=True)
        return [w for w in own if after is None or (w.created_at, w.id) < (after.created_at, after.id)][:limit]

    def change(
        self, owner: str, decide: Callable[[Sequence[Webhook]], WebhookChange], *, asker: Asker | None = None
    ) -> WebhookChange:
        """Write what ``decide`` returns for the owner's webhooks."""
        with self._database.writing:
            require_asker(self._database, asker)
            own = [webhook for webhook in self._database.webhooks.values() if webhook.owner == owner]
            change = decide(sorted(own, key=lambda webhook: webhook.id))
            with self._database.reading:
                if change.add is not None:
                    self._database.webhooks[change.add.id] = change.add
                if change.remove is not None:
                    self._database.webhooks.pop(change.remove, None)
                self._database.put_keys([], change.entries)
        return change
