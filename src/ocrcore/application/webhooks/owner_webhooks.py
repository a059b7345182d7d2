"""Webhooks: make, list, test and delete them, and look at what was delivered, as a client."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from ocrcore.application.access.authenticate import asker_of
from ocrcore.application.access.sessions import signing_secret
from ocrcore.application.context import BATCH, Context
from ocrcore.domain.caller import Caller
from ocrcore.domain.errors import InvalidOption, WebhookNotFound
from ocrcore.domain.key_entry import KeyAction, webhook_entry
from ocrcore.domain.notice import SUBSCRIBABLE, WebhookEvent, ping
from ocrcore.domain.webhook import MOST_WEBHOOKS, SECRET_BYTES, Delivery, Webhook, secret_text
from ocrcore.domain.webhook_target import target_of
from ocrcore.ports.deliveries import DeliveryCursor
from ocrcore.ports.webhooks import WebhookChange, WebhookCursor

_EVENTS: Final = " and ".join(SUBSCRIBABLE)


@dataclass(frozen=True, slots=True)
class NewWebhook:
    """A webhook that was made just now. The text of its secret is never shown again."""

    webhook: Webhook
    secret: str = field(repr=False)


class OwnerWebhooks:
    """The verbs of a client on the webhooks of its owner. Another owner's webhook is not found."""

    def __init__(self, context: Context, caller: Caller) -> None:
        self._context, self._caller = context, caller

    @property
    def owner(self) -> str:
        """The owner."""
        return self._caller.owner

    def create(self, url: str, events: Collection[str] | None = None) -> NewWebhook:
        """Make a webhook, which is told of changes that begin after that; by default of every event.

        Raises ``ForbiddenTarget`` for a URL that webhooks may not lead to, and ``InvalidOption`` for an unknown event,
        for no event, and if the owner has ten webhooks.
        """
        context, caller = self._context, self._caller
        wanted = _events(events)
        allow_private = context.policy.allow_private_webhooks
        target = target_of(url, allow_private=allow_private)
        _require_room(self.list(limit=MOST_WEBHOOKS))  # whoever has no room has no name looked up either
        context.receivers.check(target, allow_private=allow_private)
        secret, webhook_id = context.ids.secret(SECRET_BYTES), context.ids.new()
        webhook = Webhook(
            id=webhook_id,
            owner=caller.owner,
            url=url,
            events=wanted,
            created_at=context.clock.now(),
            created_by=caller.actor,
            sealed_secret=context.cipher.seal(secret, signing_secret(context), about_secret(webhook_id)),
        )
        entry = webhook_entry(webhook, KeyAction.WEBHOOK_CREATED, caller.actor, webhook.created_at)

        def decide(own: Sequence[Webhook]) -> WebhookChange:
            _require_room(own)
            return WebhookChange(add=webhook, entries=[entry])

        context.webhooks.change(caller.owner, decide, asker=asker_of(context, caller))
        return NewWebhook(webhook, secret_text(secret))

    def list(self, *, after: WebhookCursor | None = None, limit: int = 50) -> Sequence[Webhook]:
        """Return the webhooks of the owner after the cursor, newest first."""
        return self._context.webhooks.list(self._caller.owner, after, limit)

    def get(self, webhook_id: UUID) -> Webhook:
        """Return a webhook of the owner. Raises ``WebhookNotFound``."""
        webhook = self._context.webhooks.get(webhook_id)
        if webhook is None or webhook.owner != self._caller.owner:
            raise WebhookNotFound
        return webhook

    def delete(self, webhook_id: UUID) -> None:
        """Delete a webhook with its deliveries. Raises ``WebhookNotFound``, also if it is repeated."""
        context, caller = self._context, self._caller
        now = context.clock.now()

        def decide(own: Sequence[Webhook]) -> WebhookChange:
            webhook = next((each for each in own if each.id == webhook_id), None)
            if webhook is None:
                raise WebhookNotFound
            entry = webhook_entry(webhook, KeyAction.WEBHOOK_DELETED, caller.actor, now)
            return WebhookChange(remove=webhook_id, entries=[entry])

        context.webhooks.change(caller.owner, decide, asker=asker_of(context, caller))
        while context.deliveries.drop(webhook_id, BATCH) == BATCH:
            pass

    def ping(self, webhook_id: UUID) -> Delivery:
        """Send a notice of the event ``ping`` to a webhook, as a test; return its delivery, which is waiting."""
        webhook = self.get(webhook_id)
        delivery = Delivery.of(ping(webhook_id, self._context.ids.new(), self._context.clock.now()), webhook)
        self._context.deliveries.add(delivery, asker=asker_of(self._context, self._caller))
        return delivery

    def deliveries(
        self, webhook_id: UUID, *, after: DeliveryCursor | None = None, limit: int = 50
    ) -> Sequence[Delivery]:
        """Return the deliveries of a webhook after the cursor, newest first; those of the last 30 days.

        Raises ``WebhookNotFound``.
        """
        return self._context.deliveries.list(self.get(webhook_id).id, after, limit)

    def redeliver(self, webhook_id: UUID, delivery_id: UUID) -> Delivery:
        """Have a delivery sent again, whatever became of it, with the same id and body; return it, waiting.

        One that is just being sent stays as it is. Raises ``WebhookNotFound``, also if there is no such delivery.
        """
        self.get(webhook_id)
        context, asker = self._context, asker_of(self._context, self._caller)
        renewed = context.deliveries.renew(webhook_id, delivery_id, context.clock.now(), asker=asker)
        if renewed is None:
            raise WebhookNotFound
        return renewed


def about_secret(webhook_id: UUID) -> str:
    """Return what the sealed secret of a webhook is, so that it opens as that of no other."""
    return f"webhook {webhook_id}"


def _require_room(own: Sequence[Webhook]) -> None:
    if len(own) >= MOST_WEBHOOKS:
        msg = f"The owner has {MOST_WEBHOOKS} webhooks; delete one that is not used any more."
        raise InvalidOption(msg)


def _events(names: Collection[str] | None) -> frozenset[WebhookEvent]:
    wanted = frozenset(SUBSCRIBABLE if names is None else names)
    if not wanted or not wanted <= frozenset(SUBSCRIBABLE):
        msg = f"events must be a list of {_EVENTS}, or one of them."
        raise InvalidOption(msg)
    return frozenset(WebhookEvent(name) for name in wanted)
