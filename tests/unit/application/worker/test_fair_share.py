"""No owner crowds out another: turns within a worker, and claims that are refused."""

import pytest

from adapters.memory.queue import MemoryQueue
from ocrcore import ItemStatus, Step, Worker
from ocrcore.domain.errors import DatabaseUnavailable
from ocrcore.domain.fairness import MOST_REFUSALS, REFUSED_FOR
from ocrcore.testing.faults import Faulty
from worlds import World, uploads


def world_with(*, in_turn: bool = False) -> World:
    world = World()
    world.queue = Faulty(MemoryQueue(world.clock, in_turn=in_turn))
    object.__setattr__(world.context, "queue", world.queue.port)
    return world


def flood(world: World, pages: int = 8, owner: str = "ana") -> None:
    world.service.of(owner).submit(uploads(*["A"] * pages))


def claims(worker: Worker, number: int) -> list[str]:
    """Return the owners of the pages that get slots, or ``-`` for a claim that leads to none."""
    found = []
    for _ in range(number):
        claimed = worker.claim_one()
        found.append("-" if isinstance(claimed, Step) else claimed.job.owner)
    return found


def statuses(world: World) -> set[ItemStatus]:
    return {item.status for item in world.database.items.values()}


def test_the_last_slot_of_a_worker_is_kept_for_another_owner_who_waits() -> None:
    world = world_with()
    flood(world)
    worker = world.service.worker(slots=3)
    world.receive(worker)
    assert claims(worker, 2) == ["ana", "ana"]
    world.service.of("bob").submit(uploads("B"))
    before = dict(world.database.items)
    assert claims(worker, 1) == ["-"]
    assert world.database.items == before
    worker.acknowledge_once()
    world.receive(worker)
    assert "bob" in claims(worker, 9)


def test_a_refused_message_comes_back_after_five_seconds_and_is_claimed_at_the_fourth_time() -> None:
    world = world_with()
    flood(world, 2)
    worker = world.service.worker(slots=2)
    world.receive(worker)
    assert claims(worker, 1) == ["ana"]
    world.service.without_sending().of("bob").submit(uploads("B"))  # so no message of bob's ever comes
    for _ in range(MOST_REFUSALS):
        assert claims(worker, 1) == ["-"]
        worker.acknowledge_once()
        world.tick(seconds=REFUSED_FOR.total_seconds() - 1)
        assert world.receive(worker) is Step.IDLE
        world.tick(seconds=1)
        assert world.receive(worker) is Step.DONE
    assert claims(worker, 1) == ["ana"]


@pytest.mark.parametrize("slots", [1, 2, 8])
def test_who_is_alone_gets_every_slot(slots: int) -> None:
    world = world_with()
    flood(world)
    worker = world.service.worker(slots=slots)
    world.receive(worker)
    assert claims(worker, slots) == ["ana"] * slots


def test_a_worker_of_one_slot_refuses_nothing() -> None:
    world = world_with()
    flood(world)
    worker = world.service.worker(slots=1)
    world.receive(worker)
    flood(world, 1, "bob")
    assert claims(worker, 1) == ["ana"]


def test_a_queue_that_takes_turns_refuses_nothing_and_asks_nothing() -> None:
    world = world_with(in_turn=True)
    flood(world)
    worker = world.service.worker(slots=2)
    world.receive(worker)
    flood(world, 1, "bob")
    world.jobs.before("waiting_owners", AssertionError("asked"))
    assert claims(worker, 2) == ["ana", "ana"]


def test_while_the_database_is_away_nothing_is_refused() -> None:
    world = world_with()
    flood(world)
    worker = world.service.worker(slots=2)
    world.receive(worker)
    flood(world, 1, "bob")
    world.jobs.before("waiting_owners", DatabaseUnavailable("simulated"))
    assert claims(worker, 2) == ["ana", "ana"]


def test_the_owners_that_wait_are_looked_at_every_five_seconds() -> None:
    world = world_with()
    flood(world)
    worker = world.service.worker(slots=2)
    world.receive(worker)
    assert claims(worker, 2) == ["ana", "ana"]
    world.receive(worker)
    flood(world, 1, "bob")
    assert claims(worker, 1) == ["ana"]
    world.tick(seconds=5)
    world.receive(worker)
    assert "-" in claims(worker, 3)


def test_every_page_is_read_whatever_is_refused() -> None:
    world = world_with()
    worker = world.service.worker(slots=2)
    for _ in range(3):
        flood(world, 7)
        flood(world, 2, "bob")
    for _ in range(200):
        world.receive(worker)
        attempts = [claimed for _ in range(2) if not isinstance(claimed := worker.claim_one(), Step)]
        for attempt in attempts:
            worker.recognise(attempt)
        worker.commit_once()
        worker.acknowledge_once()
        world.tick(seconds=1)
    assert statuses(world) == {ItemStatus.DONE}
