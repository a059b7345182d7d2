"""The figures of the fleet reach whoever decides how many workers there are."""

import uuid
from dataclasses import replace
from datetime import timedelta

from adapters.memory.fleet_monitor import MemoryFleetMonitor
from ocrcore import OcrService
from ocrcore.application.publications import Publications
from ocrcore.testing.builders import START
from worlds import World


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
    assert [fleet.volume.pending for fleet in monitor.published] == [2]
    world.clock.advance(timedelta(seconds=1))
    service.upkeep_once()
    assert [fleet.now for fleet in monitor.published] == [world.clock.now() - timedelta(minutes=1), world.clock.now()]


def test_the_workers_are_among_the_figures() -> None:
    world = World()
    service, monitor = _watched(world)
    service.report(worker_id=uuid.uuid4(), kind="worker", host="a", slots=2, seconds_per_page=1.5)
    service.upkeep_once()
    assert [fleet.slots for fleet in monitor.published] == [2]


def test_a_clock_that_was_set_back_does_not_end_publications() -> None:
    publications = Publications()
    assert publications.may_publish(START)
    assert publications.may_publish(START - timedelta(hours=1))
