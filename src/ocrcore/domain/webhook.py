"""Webhooks, the addresses that an owner wants to be told at, and deliveries, one of each notice to each webhook.

**Delivery.** A delivery waits until ``due_at``. Whoever sends it takes a *lease*: it counts an attempt and moves
``due_at`` to the end of the lease, so a process that dies leaves a delivery that becomes due again. The attempt fences,
as that of an item does: only the latest one may say how it ended. An answer of 2xx ends the delivery. Any other end of
an attempt makes it wait for the next one, for a growing time, until a day after the first attempt; then it has failed.
The owner may have it sent again, whatever it is; that begins a new round of attempts with the same id and the same
body. An attempt that is under way then keeps its lease, and says nothing any more.

**Gone.** A receiver that answers 410 wants nothing more (Standard Webhooks): the webhook is *disabled*. Its notices
are recorded as failed from then on, without being sent. The first delivery that succeeds after the owner has had it
sent again enables the webhook.
"""

import base64
import hmac
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from types import MappingProxyType
from typing import Final
from uuid import UUID

from ocrcore.domain.notice import Notice, WebhookEvent

#: Most webhooks of an owner.
MOST_WEBHOOKS: Final = 10
#: Deliveries of one webhook that are sent at the same time, by all processes together.
MOST_IN_FLIGHT: Final = 2
#: How long one attempt may take, from the look-up of the name to the end of the answer.
SEND_TIME: Final = timedelta(seconds=10)
#: The lease of an attempt. A look-up of a name that hangs may outlast the time of an attempt by a little.
DELIVERY_LEASE: Final = timedelta(seconds=30)
#: How long after its first attempt a delivery is tried again.
RETRY_LIFE: Final = timedelta(hours=24)
#: How long a delivery is listed.
DELIVERY_LIFE: Final = timedelta(days=30)
#: A delivery that has been due for so long is stuck: no process sends.
DELIVERY_STUCK: Final = timedelta(minutes=5)
#: Random bytes of the secret of a webhook.
SECRET_BYTES: Final = 32

#: The waits after each attempt, then always the last.
_WAITS: Final = (
    timedelta(seconds=5),
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(minutes=30),
    timedelta(hours=1),
    timedelta(hours=2),
    timedelta(hours=4),
)
#: A wait is this part of what it is above, or up to the whole: receivers that fail together are not asked together.
_LEAST_PART: Final = 0.5
_PREFIX: Final = "whsec_"
_OK: Final = range(200, 300)
_REDIRECTS: Final = range(300, 400)
_GONE: Final = 410


class DeliveryStatus(StrEnum):
    """Where a delivery stands."""

    #: An attempt is due, or under way.
    WAITING = "WAITING"
    #: The receiver answered with 2xx.
    DELIVERED = "DELIVERED"
    #: It is not tried any more.
    FAILED = "FAILED"


class DeliveryError(StrEnum):
    """Why the latest attempt of a delivery failed."""

    REFUSED = "refused"
    REDIRECT = "redirect"
    GONE = "gone"
    DISABLED = "disabled"
    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"
    UNKNOWN_NAME = "unknown-name"
    TLS_FAILED = "tls-failed"
    BAD_ANSWER = "bad-answer"
    FORBIDDEN_TARGET = "forbidden-target"
    SECRET_LOST = "secret-lost"  # noqa: S105 - a code
    INTERNAL_ERROR = "internal-error"


#: Code -> the sentence that users see.
DELIVERY_ERROR_SENTENCES: Final = MappingProxyType(
    {
        DeliveryError.REFUSED: "The receiver answered with a status other than 2xx.",
        DeliveryError.REDIRECT: "The receiver answered with a redirect, which is not followed; give its final address.",
        DeliveryError.GONE: "The receiver answered 410, so it is told nothing more until a redelivery succeeds.",
        DeliveryError.DISABLED: "The webhook was disabled by an answer of 410, so this was not sent.",
        DeliveryError.TIMEOUT: "The receiver did not answer within 10 seconds.",
        DeliveryError.UNREACHABLE: "No connection to the receiver could be made, or it was lost before the answer.",
        DeliveryError.UNKNOWN_NAME: "The name of the receiver could not be resolved.",
        DeliveryError.TLS_FAILED: "The receiver has no valid certificate for its name.",
        DeliveryError.BAD_ANSWER: "The receiver did not answer in HTTP/1.1, or its head was too long.",
        DeliveryError.FORBIDDEN_TARGET: "The name of the receiver leads to an address that webhooks may not reach.",
        DeliveryError.SECRET_LOST: (
            "The secret of the webhook cannot be decrypted, as OCR_SECRET was changed; make the webhook anew."
        ),
        DeliveryError.INTERNAL_ERROR: "A fault of this service; tell its operator if it happens again.",
    }
)


@dataclass(frozen=True, slots=True)
class Webhook:
    """An address that an owner wants to be told at."""

    id: UUID
    owner: str
    url: str
    #: What it is told of.
    events: frozenset[WebhookEvent]
    created_at: datetime
    #: ``local`` or another owner, or ``key:`` and the id of a key.
    created_by: str
    #: Its secret, encrypted.
    sealed_secret: str = field(repr=False)
    #: When its receiver answered that it is gone; None: it is told.
    disabled_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """A notice on its way to one webhook. Every verb returns a new delivery."""

    #: Follows from the webhook and the notice, so no notice is delivered twice under two ids.
    id: UUID
    webhook_id: UUID
    message_id: str
    #: A text if it is an event of a newer release.
    event: WebhookEvent | str
    #: None for a ping.
    job_id: UUID | None
    #: The instant of the change.
    created_at: datetime
    body: str = field(repr=False)
    status: DeliveryStatus = DeliveryStatus.WAITING
    #: Attempts in all; the fence. Never goes down.
    attempts: int = 0
    #: Attempts of this round, which decide about the wait, and fence those that a new round has overtaken.
    tries: int = 0
    #: When the round began: at its first attempt that failed, or when the owner had it sent again; None before.
    since: datetime | None = None
    #: When the next attempt is due, or the one under way has lapsed; None: none is.
    due_at: datetime | None = None
    #: The end of the lease of the attempt under way; None: there is none.
    lease_until: datetime | None = None
    #: When it was delivered, or had failed.
    finished_at: datetime | None = None
    #: When the latest attempt began; None before the first.
    tried_at: datetime | None = None
    #: The status of the latest answer; None if there was none.
    answer: int | None = None
    #: Why the latest attempt failed; None if it did not. A text if it is a reason of a newer release.
    error: DeliveryError | str | None = None

    @classmethod
    def of(cls, notice: Notice, webhook: Webhook) -> "Delivery":
        """Return the delivery of a notice to a webhook."""
        delivery = cls(
            id=uuid.uuid5(webhook.id, notice.message_id),
            webhook_id=webhook.id,
            message_id=notice.message_id,
            event=notice.event,
            job_id=notice.job_id,
            created_at=notice.at,
            body=notice.body,
            due_at=notice.written_at,
        )
        return delivery if webhook.disabled_at is None else delivery.failed(notice.written_at, DeliveryError.DISABLED)

    @property
    def error_sentence(self) -> str | None:
        """Why the latest attempt failed, for people; None if it did not, or for a reason of a newer release."""
        return DELIVERY_ERROR_SENTENCES[self.error] if isinstance(self.error, DeliveryError) else None

    def is_in_flight(self, now: datetime) -> bool:
        """Return whether an attempt is under way whose lease is alive."""
        return self.lease_until is not None and now < self.lease_until

    def is_due(self, now: datetime) -> bool:
        """Return whether an attempt may begin."""
        return self.due_at is not None and self.due_at <= now

    def leased(self, now: datetime) -> "Delivery":
        """Return it with one more attempt, which is under way."""
        until = now + DELIVERY_LEASE
        return replace(
            self,
            attempts=self.attempts + 1,
            tries=self.tries + 1,
            tried_at=now,
            due_at=until,
            lease_until=until,
        )

    def answered(self, status: int, now: datetime, jitter: float) -> "Delivery":
        """Return it after an attempt that was answered; ``jitter`` is from 0 to 1."""
        if status in _OK:
            ended = replace(self, status=DeliveryStatus.DELIVERED, due_at=None, lease_until=None, finished_at=now)
            return replace(ended, answer=status, error=None)
        if status == _GONE:
            return replace(self.failed(now, DeliveryError.GONE), answer=status)
        error = DeliveryError.REDIRECT if status in _REDIRECTS else DeliveryError.REFUSED
        return replace(self.unanswered(error, now, jitter), answer=status)

    def unanswered(self, error: DeliveryError, now: datetime, jitter: float) -> "Delivery":
        """Return it after an attempt without an answer; ``jitter`` is from 0 to 1."""
        since = self.since or self.tried_at or now
        end = since + RETRY_LIFE
        if now >= end:
            return self.failed(now, error)
        wait = _WAITS[min(self.tries, len(_WAITS)) - 1] * (_LEAST_PART + (1 - _LEAST_PART) * jitter)
        due_at = min(now + wait, end)
        return replace(self, since=since, due_at=due_at, lease_until=None, answer=None, error=error)

    def failed(self, now: datetime, error: DeliveryError) -> "Delivery":
        """Return it as one that is not tried any more."""
        ended = replace(self, status=DeliveryStatus.FAILED, due_at=None, lease_until=None, finished_at=now)
        return replace(ended, answer=None, error=error)

    def again(self, now: datetime) -> "Delivery":
        """Return it with a new round of attempts, due now; or when the lease ends, if an attempt is under way.

        What that attempt says does not count any more: it may be the last one of a round, or be of a process that died.
        """
        waiting = replace(self, status=DeliveryStatus.WAITING, tries=0, since=now, finished_at=None)
        return waiting if self.is_in_flight(now) else replace(waiting, due_at=now, lease_until=None)

    def is_pointless(self, webhook: Webhook) -> bool:
        """Return whether it is not to be sent: the webhook was disabled, and nobody wanted it sent again since."""
        if webhook.disabled_at is None:
            return False
        return self.since is None or self.since <= webhook.disabled_at


def deliveries_of(notices: Iterable[Notice], webhooks: Sequence[Webhook]) -> Sequence[Delivery]:
    """Return the deliveries of notices to those webhooks of their owner that are told of such an event."""
    return [
        Delivery.of(notice, webhook) for notice in notices for webhook in webhooks if notice.event in webhook.events
    ]


def secret_text(secret: bytes) -> str:
    """Return the secret of a webhook as its owner gets it: ``whsec_`` and base64."""
    return _PREFIX + base64.b64encode(secret).decode()


def signed_headers(delivery: Delivery, secret: bytes, now: datetime) -> dict[str, str]:
    """Return the headers of an attempt by Standard Webhooks: id, whole seconds since 1970, and the signature."""
    timestamp = str(int(now.timestamp()))
    signed = f"{delivery.message_id}.{timestamp}.{delivery.body}".encode()
    signature = base64.b64encode(hmac.new(secret, signed, sha256).digest()).decode()
    return {
        "webhook-id": delivery.message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": f"v1,{signature}",
    }
