"""Views: the public JSON of webhooks and their deliveries."""

from dataclasses import dataclass

from ocrcore.domain.instants import format_instant, format_known
from ocrcore.domain.webhook import Delivery, Webhook


@dataclass(frozen=True, slots=True)
class WebhookView:
    """A webhook without its secret; ``disabled_at`` is null unless its receiver answered 410."""

    id: str
    url: str
    events: list[str]
    created_at: str
    created_by: str
    disabled_at: str | None

    @classmethod
    def of(cls, webhook: Webhook) -> "WebhookView":
        """Return the view of a webhook."""
        return cls(
            id=str(webhook.id),
            url=webhook.url,
            events=[event.value for event in sorted(webhook.events)],
            created_at=format_instant(webhook.created_at),
            created_by=webhook.created_by,
            disabled_at=format_known(webhook.disabled_at),
        )


@dataclass(frozen=True, slots=True)
class NewWebhookView:
    """A webhook that was made just now, with its secret, which is never shown again."""

    id: str
    url: str
    events: list[str]
    created_at: str
    secret: str

    @classmethod
    def of(cls, webhook: Webhook, secret: str) -> "NewWebhookView":
        """Return the view of a new webhook."""
        plain = WebhookView.of(webhook)
        return cls(plain.id, plain.url, plain.events, plain.created_at, secret)


@dataclass(frozen=True, slots=True)
class DeliveryView:
    """A delivery; ``payload`` is the body of its request, ``answer`` the status of the latest answer.

    ``next_attempt_at`` is null unless it is WAITING, ``job_id`` of a ping, ``error`` and ``error_msg`` unless the
    latest attempt failed.
    """

    id: str
    webhook_id: str
    message_id: str
    event: str
    job_id: str | None
    created_at: str
    status: str
    attempts: int
    tried_at: str | None
    next_attempt_at: str | None
    finished_at: str | None
    answer: int | None
    error: str | None
    error_msg: str | None
    payload: str

    @classmethod
    def of(cls, delivery: Delivery) -> "DeliveryView":
        """Return the view of a delivery."""
        return cls(
            id=str(delivery.id),
            webhook_id=str(delivery.webhook_id),
            message_id=delivery.message_id,
            event=str(delivery.event),
            job_id=None if delivery.job_id is None else str(delivery.job_id),
            created_at=format_instant(delivery.created_at),
            status=delivery.status.value,
            attempts=delivery.attempts,
            tried_at=format_known(delivery.tried_at),
            next_attempt_at=format_known(delivery.due_at),
            finished_at=format_known(delivery.finished_at),
            answer=delivery.answer,
            error=None if delivery.error is None else str(delivery.error),
            error_msg=delivery.error_sentence,
            payload=delivery.body,
        )
