"""Conversion between rows and webhooks, and their deliveries."""

from typing import Any

from sqlalchemy import RowMapping

from ocrcore.domain.audit import named
from ocrcore.domain.notice import WebhookEvent
from ocrcore.domain.webhook import Delivery, DeliveryError, DeliveryStatus, Webhook


def webhook_row(webhook: Webhook) -> dict[str, Any]:
    """Return the columns of a webhook."""
    return {
        "id": webhook.id,
        "owner": webhook.owner,
        "url": webhook.url,
        "events": ",".join(sorted(webhook.events)),
        "created_at": webhook.created_at,
        "created_by": webhook.created_by,
        "sealed_secret": webhook.sealed_secret,
        "disabled_at": webhook.disabled_at,
    }


def webhook_of(row: RowMapping) -> Webhook:
    """Return the webhook of a row, without the events of a newer release."""
    names = row["events"].split(",")
    return Webhook(**{**row, "events": frozenset(event for event in WebhookEvent if event.value in names)})


def delivery_row(delivery: Delivery) -> dict[str, Any]:
    """Return the columns of a delivery."""
    return {
        "id": delivery.id,
        "webhook_id": delivery.webhook_id,
        "message_id": delivery.message_id,
        "event": str(delivery.event),
        "job_id": delivery.job_id,
        "created_at": delivery.created_at,
        **delivery_state(delivery),
        "body": delivery.body,
    }


def delivery_state(delivery: Delivery) -> dict[str, Any]:
    """Return the columns of a delivery that change."""
    return {
        "status": delivery.status.value,
        "attempts": delivery.attempts,
        "tries": delivery.tries,
        "since": delivery.since,
        "due_at": delivery.due_at,
        "lease_until": delivery.lease_until,
        "finished_at": delivery.finished_at,
        "tried_at": delivery.tried_at,
        "answer": delivery.answer,
        "error": None if delivery.error is None else str(delivery.error),
    }


def delivery_of(row: RowMapping) -> Delivery:
    """Return the delivery of a row. Event and error are texts if they are those of a newer release."""
    error = None if row["error"] is None else named(DeliveryError, row["error"])
    status, event = DeliveryStatus(row["status"]), named(WebhookEvent, row["event"])
    return Delivery(**{**row, "event": event, "status": status, "error": error})
