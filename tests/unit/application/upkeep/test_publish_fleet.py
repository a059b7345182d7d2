"""The figures of the fleet reach whoever decides how many workers there are."""

import uuid
from dataclasses import replace
from datetime import timedelta

from adapters.memory.fleet_monitor import MemoryFleetMonitor
from ocrcore import OcrService
from ocrcore.application.publications import Publications
from ocrcore.domain.caller import Caller
from ocrcore.domain.codes import ItemErrorCode
from ocrcore.ports.engine import EngineFailure
from ocrcore.testing.builders import START
from worlds import World, half_done


def _watched(world: World) -> tuple[OcrService, MemoryFleetMonitor]:
    monitor = MemoryFleetMonitor()
    return OcrService(replace(world.context, fleet_monitor=monitor)), monitor


def test_upkeep_publishes_the_fleet_once_a_minute() -> None:
    world = World()
    service, monitor = _watched(world)
    world.submit("A", "B")
    service.upkeep_once()
    world.clock.advance(timedelta(seconds=59))
    service.upkeep_once()
    assert [one.fleet.volume.pending for one in monitor.published] == [2]
    world.clock.advance(timedelta(seconds=1))
    service.upkeep_once()
    assert [one.fleet.now for one in monitor.published] == [world.clock.now() - timedelta(minutes=1), world.clock.now()]


def test_the_workers_are_among_the_figures() -> None:
    world = World()
    service, monitor = _watched(world)
    service.report(worker_id=uuid.uuid4(), kind="worker", host="a", slots=2, seconds_per_page=1.5)
    service.upkeep_once()
    assert [one.fleet.slots for one in monitor.published] == [2]


def test_pages_that_ended_are_published_once_and_those_that_failed_among_them() -> None:
    world = World()
    service, monitor = _watched(world)
    half_done(world)
    for _ in range(2):
        service.upkeep_once()
        world.clock.advance(timedelta(minutes=1))
    world.submit("AGAIN")
    world.receive()
    world.engine.before("recognise", EngineFailure(ItemErrorCode.OCR_CRASHED))
    world.worker.work_one()  # another attempt follows, so the page has not ended
    service.upkeep_once()
    assert [(one.ended, one.failed) for one in monitor.published] == [(2, 1), (0, 0), (0, 0)]


def test_only_a_process_that_sends_webhooks_says_how_late_they_are() -> None:
    world = World()
    service, monitor = _watched(world)
    service.upkeep_once()
    assert not service.due_webhooks()
    world.clock.advance(timedelta(minutes=1))
    service.upkeep_once()
    webhooks = service.webhooks_of(Caller("local"))
    webhooks.ping(webhooks.create("https://receiver.example/hook").webhook.id)
    world.clock.advance(timedelta(seconds=70))
    service.upkeep_once()
    assert [one.webhook_age for one in monitor.published] == [None, timedelta(), timedelta(seconds=70)]


def test_a_clock_that_was_set_back_does_not_end_publications() -> None:
    publications = Publications()
    assert publications.may_publish(START)
    assert publications.may_publish(START - timedelta(hours=1))
