"""Heartbeats: what they keep alive, and when they stop."""

from datetime import timedelta

from ocrcore import Item, Job, Step
from ocrcore.domain.errors import DatabaseUnavailable, QueueUnavailable
from working import started
from worlds import World


def leased_until(world: World, job: Job) -> Item:
    return world.database.items[world.item(job).id]


def test_a_heartbeat_keeps_held_messages_and_leases_alive() -> None:
    world = World()
    job, _ = started(world)
    for _ in range(5):
        world.tick(seconds=20)
        assert world.worker.beat_once() is Step.DONE
    assert not world.messages()
    lease = leased_until(world, job).lease_until
    assert lease == world.clock.now() + timedelta(seconds=60)


def test_a_heartbeat_stops_when_the_items_time_is_spent() -> None:
    world = World()
    _, attempt = started(world)
    world.tick(seconds=150)
    world.worker.beat_once()
    assert attempt.stop.is_set()
    assert len(world.messages()) == 1


def test_a_cancelled_item_is_stopped_by_the_next_heartbeat() -> None:
    world = World()
    job, attempt = started(world)
    world.owned.cancel(job.id)
    world.worker.beat_once()
    assert attempt.stop.is_set()


def test_a_deleted_jobs_item_is_stopped_by_the_next_heartbeat() -> None:
    world = World()
    job, attempt = started(world)
    world.owned.delete(job.id)
    world.worker.beat_once()
    assert attempt.stop.is_set()


def test_a_heartbeat_without_a_database_is_tried_again() -> None:
    world = World()
    _, attempt = started(world)
    world.jobs.before("renew", DatabaseUnavailable("away"))
    assert world.worker.beat_once() is Step.BLOCKED
    assert world.worker.beat_once() is Step.DONE
    assert not attempt.stop.is_set()


def test_a_heartbeat_without_a_queue_is_tried_again_and_renews_the_lease() -> None:
    world = World()
    job, _ = started(world)
    world.tick(seconds=20)
    world.queue.before("change_visibility", QueueUnavailable("away"))
    assert world.worker.beat_once() is Step.BLOCKED
    assert leased_until(world, job).lease_until == world.clock.now() + timedelta(seconds=60)
    assert world.worker.beat_once() is Step.DONE
    world.tick(seconds=59)
    assert not world.messages()


def test_a_heartbeat_goes_on_until_the_instant_at_which_the_items_time_is_spent() -> None:
    world = World()
    _, attempt = started(world)
    world.tick(seconds=150, microseconds=-1)
    world.worker.beat_once()
    assert not attempt.stop.is_set()
    world.tick(microseconds=1)
    world.worker.beat_once()
    assert attempt.stop.is_set()


def test_an_idle_heartbeat_asks_nobody() -> None:
    world = World()
    world.queue.before("change_visibility", AssertionError("asked"))
    world.jobs.before("renew", AssertionError("asked"))
    assert world.worker.beat_once() is Step.IDLE
