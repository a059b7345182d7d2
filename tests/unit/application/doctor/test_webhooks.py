from collections import deque
from datetime import timedelta

from examined import findings
from ocrcore import Finding, FindingKind
from ocrcore.domain.caller import Caller
from ocrcore.domain.webhook import DELIVERY_STUCK
from worlds import World

TICK = timedelta(microseconds=1)


def of_webhooks(world: World) -> list[Finding]:
    kinds = {FindingKind.STUCK_DELIVERIES, FindingKind.FAILING_WEBHOOK}
    return [finding for finding in findings(world) if finding.kind in kinds]


def test_deliveries_that_nobody_sends_are_found() -> None:
    world = World()
    webhooks = world.service.webhooks_of(Caller("local"))
    hook = webhooks.create("https://receiver.example/").webhook
    webhooks.ping(hook.id)
    world.clock.advance(DELIVERY_STUCK - TICK)
    assert of_webhooks(world) == []
    world.clock.advance(TICK)
    (found,) = of_webhooks(world)
    assert found.seen == "deliveries of webhooks are due since 2026-01-02T03:04:05.678901Z"
    assert found.is_left
    world.service.deliver_once(hook.id)
    assert of_webhooks(world) == []


def test_a_webhook_whose_deliveries_failed_is_named() -> None:
    world = World()
    world.hosts.answers["receiver.example"] = deque([410])
    webhooks = world.service.webhooks_of(Caller("ana"))
    hook = webhooks.create("https://receiver.example/secret-path").webhook
    for _ in range(2):
        webhooks.ping(hook.id)
        world.service.deliver_once(hook.id)
    (found,) = of_webhooks(world)
    assert found.seen == f"webhook {hook.id} of ana: deliveries failed for good within two days, and it is disabled"
    assert (found.number, found.is_left) == (2, False)
    world.tick(days=2)
    assert of_webhooks(world) == []
