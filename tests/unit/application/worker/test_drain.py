"""Stopping: what a draining worker shows, and ends."""

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from adapters.memory.jobs import MemoryJobs
from ocrcore import Step
from ocrcore.domain.errors import DatabaseUnavailable, QueueUnavailable
from ocrcore.ports.jobs import JobTransaction, Lease
from working import started
from worlds import World

T = TypeVar("T")


def test_draining_shows_held_messages_at_once_and_begins_nothing() -> None:
    world = World()
    world.submit("A", "B")
    world.receive()
    world.worker.drain()
    assert world.worker.work_one() is Step.IDLE
    assert world.worker.room == 0
    assert len(world.messages()) == 2


def test_a_heartbeat_that_a_drain_overtakes_hides_nothing() -> None:
    world = World()

    class Draining(MemoryJobs):
        def renew(self, leases: Sequence[Lease], until: datetime) -> AbstractSet[Lease]:
            world.worker.drain()
            return super().renew(leases, until)

    world.submit("A", "B")
    world.receive()
    world.claim()
    world.worker._context = replace(world.context, jobs=Draining(world.database))
    world.worker.beat_once()
    assert len(world.messages()) == 1


def test_a_heartbeat_that_a_stop_overtakes_leaves_what_was_given_back_to_others() -> None:
    world = World()

    class Stopping(MemoryJobs):
        def renew(self, leases: Sequence[Lease], until: datetime) -> AbstractSet[Lease]:
            found = super().renew(leases, until)
            world.worker.drain()
            world.worker.stop_work()
            world.worker.recognise(attempt)
            world.worker.commit_once()
            world.worker.acknowledge_once()
            return found

    world.submit()
    world.receive()
    attempt = world.claim()
    world.worker._context = replace(world.context, jobs=Stopping(world.database))
    world.worker.beat_once()
    assert len(world.messages()) == 1


def test_a_claim_that_failed_while_draining_shows_its_message() -> None:
    world = World()

    class Draining(MemoryJobs):
        def transact(self, job_id: UUID, decide: Callable[[JobTransaction], T], *, items: Sequence[UUID] = ()) -> T:
            del job_id, decide, items
            world.worker.drain()
            raise DatabaseUnavailable

    world.submit()
    world.receive()
    world.worker._context = replace(world.context, jobs=Draining(world.database))
    assert world.worker.work_one() is Step.BLOCKED
    assert len(world.messages()) == 1


def test_draining_without_a_queue_leaves_the_messages_to_come_back_by_themselves() -> None:
    world = World()
    world.submit()
    world.receive()
    world.queue.before("change_visibility", QueueUnavailable("away"))
    world.worker.drain()
    assert not world.messages()
    world.tick(seconds=60)
    assert len(world.messages()) == 1


def test_stopping_work_ends_every_recognition() -> None:
    world = World()
    _, attempt = started(world)
    world.worker.stop_work()
    assert attempt.stop.is_set()
