from collections import deque
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from ocrcore import OcrService
from ocrcore.application.verdicts import Verdicts
from ocrcore.application.webhooks.owner_webhooks import NewWebhook, OwnerWebhooks
from ocrcore.domain.caller import Caller
from ocrcore.domain.errors import DatabaseUnavailable, ForbiddenTarget, InvalidOption, Unauthenticated, WebhookNotFound
from ocrcore.domain.key_entry import KeyAction
from ocrcore.domain.webhook import (
    DELIVERY_LEASE,
    DELIVERY_LIFE,
    MOST_WEBHOOKS,
    RETRY_LIFE,
    Delivery,
    DeliveryError,
    DeliveryStatus,
)
from ocrcore.ports.receivers import NoAnswer
from ocrcore.testing.builders import an_id
from worlds import World

URL = "https://receiver.example/hook"


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def webhooks(world: World) -> OwnerWebhooks:
    return world.service.webhooks_of(Caller("local"))


@pytest.fixture
def hook(webhooks: OwnerWebhooks) -> NewWebhook:
    return webhooks.create(URL)


def deliver_all(world: World) -> list[Delivery]:
    """Send whatever is due now; return how each attempt ended."""
    ended: list[Delivery] = []
    while due := world.service.due_webhooks():
        before = len(ended)
        ended += [each for each in map(world.service.deliver_once, due) if each is not None]
        if len(ended) == before:
            break
    return ended


def test_a_finished_and_deleted_job_is_told_of(world: World, webhooks: OwnerWebhooks, hook: NewWebhook) -> None:
    job = world.submit("ONE", "TWO")
    assert list(webhooks.deliveries(hook.webhook.id)) == []
    world.process_all()
    world.owned.delete(job.id)
    ended = deliver_all(world)
    assert {each.event for each in ended} == {"job.finished", "job.deleted"}
    assert [post.body for post in world.hosts.posts] == [each.body for each in ended]
    assert all(each.status is DeliveryStatus.DELIVERED for each in webhooks.deliveries(hook.webhook.id))
    assert [post.headers["webhook-id"] for post in world.hosts.posts] == [each.message_id for each in ended]
    assert world.meter.webhook_attempts == [DeliveryStatus.DELIVERED] * 2


@pytest.mark.usefixtures("hook")
def test_expiry_cancellation_and_retention_are_told_of(world: World) -> None:
    world.submit("A", expires_in=timedelta(hours=1))
    cancelled = world.submit("B")
    world.submit("C", keep=timedelta(hours=1))
    world.owned.cancel(cancelled.id)
    world.tick(hours=1)
    world.service.upkeep_once()
    world.process_all()
    world.tick(hours=1)
    world.service.upkeep_once()
    found = [(each.event, '"status":"EXPIRED"' in each.body) for each in deliver_all(world)]
    assert found.count(("job.finished", True)) == 1
    assert found.count(("job.finished", False)) == 2
    assert found.count(("job.deleted", False)) == 1


def test_a_webhook_may_want_one_event_only(world: World, webhooks: OwnerWebhooks) -> None:
    made = webhooks.create(URL, ["job.deleted"])
    job = world.submit()
    world.process_all()
    world.owned.delete(job.id)
    assert [each.event for each in webhooks.deliveries(made.webhook.id)] == ["job.deleted"]


@pytest.mark.parametrize("events", [[], ["ping"], ["job.finished", "job.created"], ["x"]])
def test_unknown_events_are_refused(webhooks: OwnerWebhooks, events: list[str]) -> None:
    with pytest.raises(InvalidOption):
        webhooks.create(URL, events)


def test_an_owner_has_ten_webhooks_at_most(world: World, webhooks: OwnerWebhooks) -> None:
    made = [webhooks.create(URL) for _ in range(MOST_WEBHOOKS)]
    world.hosts.names["nobody.example"] = []
    for url in (URL, "https://nobody.example/"):  # no name is looked up in vain
        with pytest.raises(InvalidOption):
            webhooks.create(url)
    world.service.webhooks_of(Caller("ana")).create(URL)
    webhooks.delete(made[3].webhook.id)
    webhooks.create(URL)
    assert len(webhooks.list()) == MOST_WEBHOOKS


def test_targets_are_judged_when_a_webhook_is_made(world: World, webhooks: OwnerWebhooks) -> None:
    world.hosts.names |= {"inside.example": ["198.41.0.4", "10.0.0.1"], "nobody.example": []}
    for url in ("https://inside.example/", "https://nobody.example/", "http://receiver.example/", "https://127.0.0.1/"):
        with pytest.raises(ForbiddenTarget):
            webhooks.create(url)
    assert list(webhooks.list()) == []


def test_targets_are_judged_again_at_each_attempt(world: World, webhooks: OwnerWebhooks, hook: NewWebhook) -> None:
    world.hosts.names["receiver.example"] = ["169.254.169.254"]
    webhooks.ping(hook.webhook.id)
    (ended,) = deliver_all(world)
    assert (ended.status, ended.error) == (DeliveryStatus.WAITING, DeliveryError.FORBIDDEN_TARGET)
    assert world.hosts.posts == []


def test_another_owner_finds_nothing(world: World, webhooks: OwnerWebhooks, hook: NewWebhook) -> None:
    other = world.service.webhooks_of(Caller("ana"))
    delivery = webhooks.ping(hook.webhook.id)
    for verb in (other.get, other.delete, other.ping, other.deliveries):
        with pytest.raises(WebhookNotFound):
            verb(hook.webhook.id)
    with pytest.raises(WebhookNotFound):
        other.redeliver(hook.webhook.id, delivery.id)
    own = other.create(URL)
    with pytest.raises(WebhookNotFound):
        other.redeliver(own.webhook.id, delivery.id)
    assert list(other.list()) == [own.webhook]


def test_a_deleted_webhook_is_told_nothing_more(world: World, webhooks: OwnerWebhooks, hook: NewWebhook) -> None:
    for _ in range(150):
        webhooks.ping(hook.webhook.id)
    webhooks.delete(hook.webhook.id)
    world.submit()
    world.process_all()
    assert deliver_all(world) == []
    assert world.database.deliveries == {}
    with pytest.raises(WebhookNotFound):
        webhooks.delete(hook.webhook.id)


def test_what_happens_to_webhooks_is_in_the_history(world: World, webhooks: OwnerWebhooks, hook: NewWebhook) -> None:
    world.hosts.answers["receiver.example"] = deque([410, 200])
    first = webhooks.ping(hook.webhook.id)
    deliver_all(world)
    world.tick(seconds=1)
    webhooks.redeliver(hook.webhook.id, first.id)
    deliver_all(world)
    world.tick(seconds=1)
    webhooks.delete(hook.webhook.id)
    entries = world.service.keys.history("local")
    assert [(entry.action, entry.actor) for entry in entries] == [
        (KeyAction.WEBHOOK_CREATED, "local"),
        (KeyAction.WEBHOOK_DISABLED, "receiver"),
        (KeyAction.WEBHOOK_ENABLED, "receiver"),
        (KeyAction.WEBHOOK_DELETED, "local"),
    ]
    assert all(URL not in str(entry.detail) for entry in entries)


def test_the_secret_is_stored_encrypted_and_shown_once(world: World, webhooks: OwnerWebhooks, hook: NewWebhook) -> None:
    assert hook.secret.startswith("whsec_")
    assert hook.secret.removeprefix("whsec_") not in repr(vars(world.database))
    assert hook.secret not in repr(webhooks.list()) + repr(hook)
    assert webhooks.create(URL).secret != hook.secret


def test_a_secret_that_another_key_sealed_is_told_as_lost(
    world: World, webhooks: OwnerWebhooks, hook: NewWebhook
) -> None:
    world.context.kept_secret[:] = [b"another"]
    webhooks.ping(hook.webhook.id)
    (ended,) = deliver_all(world)
    assert ended.error is DeliveryError.SECRET_LOST


def test_failures_are_tried_again_for_a_day_and_then_listed(
    world: World, webhooks: OwnerWebhooks, hook: NewWebhook
) -> None:
    world.hosts.answers["receiver.example"] = deque([500, DeliveryError.TIMEOUT, 302, DeliveryError.UNREACHABLE])
    webhooks.ping(hook.webhook.id)
    began, errors = world.clock.now(), []
    while True:
        errors += [each.error for each in deliver_all(world)]
        (delivery,) = webhooks.deliveries(hook.webhook.id)
        if delivery.due_at is None:
            break
        world.clock.advance(delivery.due_at - world.clock.now())
    assert errors[:4] == ["refused", "timeout", "redirect", "unreachable"]
    assert delivery.status is DeliveryStatus.FAILED
    assert world.clock.now() - began == RETRY_LIFE
    world.hosts.answers.clear()
    webhooks.redeliver(hook.webhook.id, delivery.id)
    (done,) = deliver_all(world)
    assert (done.status, done.message_id, done.body) == (DeliveryStatus.DELIVERED, delivery.message_id, delivery.body)


def test_a_receiver_that_is_gone_disables_its_webhook(world: World, webhooks: OwnerWebhooks, hook: NewWebhook) -> None:
    world.hosts.answers["receiver.example"] = deque([410])
    pings = [webhooks.ping(hook.webhook.id) for _ in range(3)]
    ended = deliver_all(world)
    assert sorted(str(each.error) for each in ended) == ["disabled", "disabled", "gone"]
    assert len(world.hosts.posts) == 1
    assert webhooks.get(hook.webhook.id).disabled_at is not None
    assert webhooks.ping(hook.webhook.id).error is DeliveryError.DISABLED
    world.hosts.answers.clear()
    world.tick(seconds=1)
    webhooks.redeliver(hook.webhook.id, pings[2].id)
    assert [each.status for each in deliver_all(world)] == [DeliveryStatus.DELIVERED]
    assert webhooks.get(hook.webhook.id).disabled_at is None


def test_an_attempt_whose_end_was_not_recorded_is_made_again(
    world: World, webhooks: OwnerWebhooks, hook: NewWebhook
) -> None:
    webhooks.ping(hook.webhook.id)
    leased = world.context.deliveries.lease(hook.webhook.id, world.clock.now(), 2)
    assert leased is not None
    assert deliver_all(world) == []
    world.clock.advance(DELIVERY_LEASE)
    (ended,) = deliver_all(world)
    assert (ended.status, ended.attempts) == (DeliveryStatus.DELIVERED, 2)


def test_two_deliveries_of_a_webhook_are_under_way_at_most(
    world: World, webhooks: OwnerWebhooks, hook: NewWebhook
) -> None:
    for _ in range(3):
        webhooks.ping(hook.webhook.id)
    for _ in range(2):
        assert world.context.deliveries.lease(hook.webhook.id, world.clock.now(), 2) is not None
    assert world.service.deliver_once(hook.webhook.id) is None


def test_a_database_that_is_away_leaves_the_lease_to_lapse(
    world: World, webhooks: OwnerWebhooks, hook: NewWebhook
) -> None:
    webhooks.ping(hook.webhook.id)
    world.receivers.before("post", DatabaseUnavailable())
    with pytest.raises(DatabaseUnavailable):
        world.service.deliver_once(hook.webhook.id)
    world.clock.advance(DELIVERY_LEASE)
    assert [each.status for each in deliver_all(world)] == [DeliveryStatus.DELIVERED]


def test_a_fault_of_ours_is_recorded(world: World, webhooks: OwnerWebhooks, hook: NewWebhook) -> None:
    webhooks.ping(hook.webhook.id)
    world.receivers.before("post", RuntimeError("a bug"))
    assert [each.error for each in deliver_all(world)] == [DeliveryError.INTERNAL_ERROR]
    world.receivers.before("post", NoAnswer(DeliveryError.TLS_FAILED))
    world.tick(minutes=1)
    assert [each.error for each in deliver_all(world)] == [DeliveryError.TLS_FAILED]


def test_deliveries_are_listed_for_thirty_days(world: World, webhooks: OwnerWebhooks, hook: NewWebhook) -> None:
    webhooks.ping(hook.webhook.id)
    deliver_all(world)
    world.clock.advance(DELIVERY_LIFE)
    assert world.service.forget_deliveries_once() == 0
    assert len(webhooks.deliveries(hook.webhook.id)) == 1
    world.tick(seconds=1)
    assert [world.service.forget_deliveries_once() for _ in range(2)] == [1, 0]
    assert list(webhooks.deliveries(hook.webhook.id)) == []


def test_an_unknown_webhook_is_not_found(webhooks: OwnerWebhooks, hook: NewWebhook) -> None:
    nobody: UUID = an_id(404)
    with pytest.raises(WebhookNotFound):
        webhooks.get(nobody)
    with pytest.raises(WebhookNotFound):
        webhooks.redeliver(hook.webhook.id, nobody)


class Revoking:
    """A port before whose changes another process revokes a key, after all that was looked at before."""

    def __init__(self, port: object, revoke: Callable[[], object]) -> None:
        self._port, self._revoke = port, revoke

    def __getattr__(self, verb: str) -> Any:  # noqa: ANN401 - any verb
        def call(*given: Any, **more: Any) -> Any:  # noqa: ANN401 - the port's
            if verb in {"change", "add", "renew"}:
                self._revoke()
            return getattr(self._port, verb)(*given, **more)

        return call


@pytest.mark.parametrize("is_late", [False, True])
@pytest.mark.parametrize("verb", ["create", "delete", "ping", "redeliver"])
def test_nothing_is_changed_by_a_key_that_was_revoked_since_the_request_began(
    world: World, verb: str, *, is_late: bool
) -> None:
    key = world.service.keys.create("ana")
    webhooks = world.service.webhooks_of(world.service.authenticate(key.text))
    webhook = webhooks.create(URL).webhook
    delivery = webhooks.ping(webhook.id)
    calls: dict[str, Callable[[], object]] = {
        "create": lambda: webhooks.create(URL),
        "delete": lambda: webhooks.delete(webhook.id),
        "ping": lambda: webhooks.ping(webhook.id),
        "redeliver": lambda: webhooks.redeliver(webhook.id, delivery.id),
    }
    webhooks.get(webhook.id)  # the key was looked at just now
    other = OcrService(replace(world.context, verdicts=Verdicts())).keys  # of another process
    owner = OcrService(replace(world.context)).webhooks_of(Caller("ana"))
    if is_late:
        for port in ("webhooks", "deliveries"):
            revoking = Revoking(getattr(world.context, port), lambda: other.revoke(key.key.id))
            object.__setattr__(world.context, port, revoking)
    else:
        other.revoke(key.key.id)
    with pytest.raises(Unauthenticated):
        calls[verb]()
    assert [each.id for each in owner.list()] == [webhook.id]
    assert owner.deliveries(webhook.id) == [delivery]
