"""Deliver: send what webhooks wait for. Only processes that serve do it; each step may run in any number of threads.

An attempt has three parts: a transaction takes a lease, the request is sent while none is open, and a second
transaction writes how it ended. A process that dies in between leaves a lease that lapses, and the notice is sent
again: at least once, with the same id and body.
"""

import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Final
from uuid import UUID

from ocrcore.application.access.sessions import signing_secret
from ocrcore.application.context import BATCH, Context
from ocrcore.application.webhooks.owner_webhooks import about_secret
from ocrcore.domain.errors import ForbiddenTarget, Unavailable
from ocrcore.domain.key_entry import RECEIVER, KeyAction, webhook_entry
from ocrcore.domain.webhook import (
    DELIVERY_LIFE,
    MOST_IN_FLIGHT,
    Delivery,
    DeliveryError,
    DeliveryStatus,
    Webhook,
    signed_headers,
)
from ocrcore.domain.webhook_target import target_of
from ocrcore.ports.cipher import Sealed
from ocrcore.ports.deliveries import Leased
from ocrcore.ports.receivers import NoAnswer

#: Most webhooks that are looked at together.
MOST_DUE: Final = 1000
_JITTERS: Final = 1 << 16

_log = logging.getLogger(__name__)


def due_webhooks(context: Context) -> Mapping[UUID, str]:
    """Return webhooks with a delivery that is due, in any order, each with its owner."""
    context.publications.sends_webhooks = True
    return context.deliveries.due(context.clock.now(), MOST_DUE)


def deliver_once(context: Context, webhook_id: UUID) -> Delivery | None:
    """Send the delivery of a webhook that is due longest; return it as it is then, or None if there was nothing to do.

    None also if two of its deliveries are being sent, and if another process began the next attempt meanwhile.
    """
    leased = context.deliveries.lease(webhook_id, context.clock.now(), MOST_IN_FLIGHT)
    return None if leased is None else record(context, leased, send(context, leased))


def forget_deliveries_once(context: Context) -> int:
    """Delete deliveries that are not listed any more, at most 100; return how many.

    Those of webhooks that were deleted are among them, if the process that deleted them died over it.
    """
    return context.deliveries.forget(context.clock.now() - DELIVERY_LIFE, BATCH)


def send(context: Context, leased: Leased) -> int | DeliveryError:
    """Send a leased delivery; return the status of the answer, or why there is none."""
    delivery, webhook, policy = leased.delivery, leased.webhook, context.policy
    if delivery.is_pointless(webhook):
        return DeliveryError.DISABLED
    try:
        secret = context.cipher.open(webhook.sealed_secret, signing_secret(context), about_secret(webhook.id))
        target = target_of(webhook.url, allow_private=policy.allow_private_webhooks)
        headers = signed_headers(delivery, secret, context.clock.now())
        return context.receivers.post(target, headers, delivery.body, allow_private=policy.allow_private_webhooks)
    except Sealed:
        return DeliveryError.SECRET_LOST
    except ForbiddenTarget:
        return DeliveryError.FORBIDDEN_TARGET
    except NoAnswer as error:
        return error.error
    except Unavailable:
        raise  # the database, asked for the secret: the lease lapses
    except Exception:  # noqa: BLE001 - a fault of one webhook must not come back every lease, for ever
        _log.exception("a notice could not be sent", extra={"webhook_id": str(webhook.id)})
        return DeliveryError.INTERNAL_ERROR


def record(context: Context, leased: Leased, outcome: int | DeliveryError) -> Delivery | None:
    """Write how an attempt ended; return the delivery, or None if another attempt has begun."""
    delivery, webhook, now = leased.delivery, leased.webhook, context.clock.now()
    if outcome is DeliveryError.DISABLED:
        ended = delivery.failed(now, outcome)
    elif isinstance(outcome, DeliveryError):
        ended = delivery.unanswered(outcome, now, _jitter(context))
    else:
        ended = delivery.answered(outcome, now, _jitter(context))
    changed, action = _changed(webhook, ended)
    entries = [] if action is None else [webhook_entry(webhook, action, RECEIVER, now)]
    if not context.deliveries.record(ended, changed, entries):
        return None
    context.meter.webhook_attempt_ended(ended.status)
    about = {"webhook_id": str(webhook.id), "message_id": ended.message_id, "attempt": ended.attempts}
    if ended.status is DeliveryStatus.DELIVERED:
        _log.info("notice delivered", extra=about)
    else:
        _log.warning("notice not delivered", extra={**about, "status": ended.status, "reason": str(ended.error)})
    return ended


def _changed(webhook: Webhook, ended: Delivery) -> tuple[Webhook | None, KeyAction | None]:
    """Return the webhook if the end of an attempt changes it, and what is noted about that."""
    if ended.error is DeliveryError.GONE:
        disabled = replace(webhook, disabled_at=ended.finished_at)
        return disabled, None if webhook.disabled_at is not None else KeyAction.WEBHOOK_DISABLED
    if ended.status is DeliveryStatus.DELIVERED and webhook.disabled_at is not None:
        return replace(webhook, disabled_at=None), KeyAction.WEBHOOK_ENABLED
    return None, None


def _jitter(context: Context) -> float:
    """Return a random number from 0 to 1, not including 1."""
    return int.from_bytes(context.ids.secret(2), "big") / _JITTERS
