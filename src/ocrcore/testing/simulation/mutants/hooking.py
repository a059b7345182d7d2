"""Mutants of webhooks."""

from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime

from ocrcore.application.context import Context
from ocrcore.application.webhooks import deliver
from ocrcore.domain.item import Sweep
from ocrcore.domain.job import Job
from ocrcore.domain.lifecycle import ItemStatus
from ocrcore.domain.notice import Notice
from ocrcore.domain.webhook import Delivery, DeliveryError
from ocrcore.ports.deliveries import Leased
from ocrcore.testing.simulation.fakes import Fakes
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
