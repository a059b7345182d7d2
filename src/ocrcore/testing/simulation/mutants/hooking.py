"""Mutants of webhooks."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from ocrcore.application.context import Context
from ocrcore.application.webhooks import deliver
from ocrcore.domain import webhook as webhook_rules
from ocrcore.domain.errors import Unavailable
from ocrcore.domain.item import Sweep
from ocrcore.domain.job import Job
from ocrcore.domain.key_entry import KeyAction, KeyEntry
from ocrcore.domain.lifecycle import ItemStatus
from ocrcore.domain.notice import Notice
from ocrcore.domain.webhook import Delivery, DeliveryError, Webhook
from ocrcore.ports.deliveries import Leased
from ocrcore.testing.simulation.fakes import Fakes
from ocrcore.testing.simulation.kernel import START
from ocrcore.testing.simulation.mutants.replacing import replaced


def untold_sweep() -> AbstractContextManager[None]:
    """A job that is cancelled or expires is told of to nobody."""
    original = Job.swept

    def swept(job: Job, sweep: Sweep, changed: dict[ItemStatus, int]) -> Job:
        return replace(original(job, sweep, changed), notices=())

    return replaced(Job, "swept", swept)


def believed_delivery() -> AbstractContextManager[None]:
    """A request counts as delivered whatever became of it."""
    original = deliver.send

    def send(context: Context, leased: Leased) -> int | DeliveryError:
        original(context, leased)
        return 200

    return replaced(deliver, "send", send)


def endless_lease() -> AbstractContextManager[None]:
    """A delivery whose process died is not due again."""
    original = Delivery.leased

    def leased(delivery: Delivery, now: datetime) -> Delivery:
        return replace(original(delivery, now), due_at=None)

    return replaced(Delivery, "leased", leased)


def changing_body() -> AbstractContextManager[None]:
    """The body says which attempt it is of."""
    original = deliver.send

    def send(context: Context, leased: Leased) -> int | DeliveryError:
        body = leased.delivery.body.replace('{"type"', f'{{"attempt":{leased.delivery.attempts},"type"')
        return original(context, replace(leased, delivery=replace(leased.delivery, body=body)))

    return replaced(deliver, "send", send)


def lost_while_under_way() -> AbstractContextManager[None]:
    """A delivery that is to be sent again while an attempt is under way stays as it is."""
    original = Delivery.again

    def again(delivery: Delivery, now: datetime) -> Delivery:
        return delivery if delivery.is_in_flight(now) else original(delivery, now)

    return replaced(Delivery, "again", again)


def sent_although_gone() -> AbstractContextManager[None]:
    """A webhook is told what it waited for, whatever its receiver has answered."""
    return replaced(Delivery, "is_pointless", lambda _delivery, _webhook: False)


def disabled_for_ever() -> AbstractContextManager[None]:
    """A webhook that was disabled stays so."""
    original = deliver._changed  # noqa: SLF001 - the mutant replaces it

    def changed(webhook: Webhook, ended: Delivery) -> tuple[Webhook | None, KeyAction | None]:
        return (None, None) if ended.error is None else original(webhook, ended)

    return replaced(deliver, "_changed", changed)


def leased_twice() -> AbstractContextManager[None]:
    """A delivery that is being sent is still due."""
    original = Delivery.leased

    def leased(delivery: Delivery, now: datetime) -> Delivery:
        return replace(original(delivery, now), due_at=delivery.due_at)

    return replaced(Delivery, "leased", leased)


def three_at_a_time() -> AbstractContextManager[None]:
    """A webhook is sent one delivery more than it may be at a time."""
    return replaced(deliver, "MOST_IN_FLIGHT", 3)


def given_up_early() -> AbstractContextManager[None]:
    """A delivery is tried for an hour."""
    return replaced(webhook_rules, "RETRY_LIFE", timedelta(hours=1))


def lost_in_an_outage() -> AbstractContextManager[None]:
    """A secret that cannot be read now counts as lost."""
    original = deliver.send

    def send(context: Context, leased: Leased) -> int | DeliveryError:
        try:
            return original(context, leased)
        except Unavailable:
            return DeliveryError.SECRET_LOST

    return replaced(deliver, "send", send)


def other_instant_signed() -> AbstractContextManager[None]:
    """A request says another instant than the one that was signed."""
    original = webhook_rules.signed_headers

    def headers(delivery: Delivery, secret: bytes, now: datetime) -> dict[str, str]:
        timestamp = str(int(now.timestamp()) + 1)
        return original(delivery, secret, now) | {"webhook-timestamp": timestamp}

    return replaced(deliver, "signed_headers", headers)


def late_outcome(fakes: Fakes) -> Fakes:
    """What an attempt says counts, although another one has begun."""
    deliveries, tables = fakes.context.deliveries, fakes.tables

    def record(delivery: Delivery, webhook: Webhook | None = None, entries: Sequence[KeyEntry] = ()) -> bool:
        if delivery.id in tables.deliveries:
            tables.deliveries[delivery.id] = replace(delivery, lease_until=START)
        return deliveries.record(delivery, webhook, entries)

    return _with(fakes, record=record)


def forgotten_while_waiting(fakes: Fakes) -> Fakes:
    """Old deliveries go, also those that are yet to be sent."""
    tables = fakes.tables

    def forget(before: datetime, limit: int) -> int:
        old = [row.id for row in tables.deliveries.values() if row.created_at < before][:limit]
        for delivery_id in old:
            del tables.deliveries[delivery_id]
        return len(old)

    return _with(fakes, forget=forget)


def _with(fakes: Fakes, **verbs: Callable[..., object]) -> Fakes:
    """Return fakes whose port of deliveries has other verbs."""

    class Spoiled:
        """The port, with these verbs in place of its own."""

        def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - the type of any attribute
            return verbs.get(name) or getattr(fakes.context.deliveries, name)

    spoiled: Any = Spoiled()
    return replace(fakes, context=replace(fakes.context, deliveries=spoiled))


def told_to_everybody(fakes: Fakes) -> Fakes:
    """A notice is for the webhooks of all owners."""
    tables = fakes.tables
    put = tables.put_deliveries

    def put_all(_: str, notices: Iterable[Notice]) -> None:
        told = list(notices)
        for owner in sorted({webhook.owner for webhook in tables.webhooks.values()}):
            put(owner, told)

    tables.put_deliveries = put_all  # type: ignore[method-assign, assignment]
    return fakes
