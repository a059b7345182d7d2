"""A flood of pages delays a page of another owner, or another job, by less than twice the time that it takes alone.

Whole services in simulated time: pages take a second each, and everything else takes none.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

import pytest

from adapters.memory.queue import MemoryQueue
from adapters.sql.database import Database
from adapters.sql.queue import SqlQueue
from ocrcore import ItemStatus, Step, Worker
from ocrcore.application.worker.attempt import Attempt
from ocrcore.domain import fairness
from ocrcore.ports.queue import Queue
from ocrcore.testing.faults import Faulty
from worlds import NO_WAIT, World, uploads

_PAGES: Final = 10_000
_PAGE: Final = timedelta(seconds=1)
_STEP: Final = timedelta(milliseconds=250)
_FLOOD: Final = 200

Queues = Callable[[World, Database], Queue]
QUEUES: Final[dict[str, Queues]] = {
    "embedded": lambda world, _: MemoryQueue(world.clock),
    "SQL": lambda world, database: SqlQueue(database, world.clock),
    "like SQS": lambda world, _: MemoryQueue(world.clock, in_turn=False),
}


class Reading:
    """A worker whose pages take a second of simulated time."""

    def __init__(self, world: World, slots: int) -> None:
        self._world, self._slots = world, slots
        self._worker: Worker = world.service.worker(slots=slots)
        self._busy: list[Attempt] = []

    def step(self) -> None:
        """Do what can be done at this instant."""
        worker, now = self._worker, self._world.clock.now()
        for attempt in [attempt for attempt in self._busy if now >= attempt.claimed_at + _PAGE]:
            self._busy.remove(attempt)
            worker.recognise(attempt)
        while worker.commit_once() is Step.DONE:
            pass
        worker.acknowledge_once()
        while len(self._busy) < self._slots:
            worker.receive_once(NO_WAIT)
            claimed = worker.claim_one()
            if claimed is Step.IDLE:
                break
            if isinstance(claimed, Attempt):
                self._busy.append(claimed)
        while worker.room and worker.receive_once(NO_WAIT) is Step.DONE:
            pass
        worker.acknowledge_once()


def seconds_of_a_page(
    queues: Queues, database: Database, *, flood: int, slots: int, workers: int, after: float, owner: str = "bob"
) -> float:
    """Return how long a page of an owner takes, who submits it after that many seconds of ana's flood."""
    world = World()
    world.queue = Faulty(queues(world, database))
    object.__setattr__(world.context, "queue", world.queue.port)
    if flood:
        for number in range(flood // 1000):
            world.service.of("ana").submit(uploads(*[str(number)] * 1000))
    reading = [Reading(world, slots) for _ in range(workers)]
    for _ in range(int(after / _STEP.total_seconds())):
        for one in reading:
            one.step()
        world.clock.advance(_STEP)
    job = world.service.of(owner).submit(uploads("B"))
    begun = world.clock.now()
    for _ in range(_FLOOD):
        for one in reading:
            one.step()
        if world.service.of(owner).items(job.id)[0].status is ItemStatus.DONE:
            return (world.clock.now() - begun).total_seconds()
        world.clock.advance(_STEP)
    raise AssertionError


@pytest.mark.parametrize("name", QUEUES)
@pytest.mark.parametrize(("slots", "workers"), [(1, 1), (2, 2), (4, 1)])
def test_a_flood_delays_another_owners_page_by_less_than_twice_its_time(
    database: Database, name: str, slots: int, workers: int
) -> None:
    alone = seconds_of_a_page(QUEUES[name], database, flood=0, slots=slots, workers=workers, after=0)
    crowded = seconds_of_a_page(QUEUES[name], database, flood=_PAGES, slots=slots, workers=workers, after=10.25)
    assert alone == 1
    assert crowded - alone < 2 * alone


@pytest.mark.parametrize("name", [name for name in QUEUES if name != "like SQS"])
@pytest.mark.parametrize(("slots", "workers"), [(1, 1), (2, 2), (4, 1)])
def test_a_large_job_delays_a_page_of_the_same_owner_by_its_turns_only(
    database: Database, name: str, slots: int, workers: int
) -> None:
    crowded = seconds_of_a_page(
        QUEUES[name], database, flood=5000, slots=slots, workers=workers, after=10.25, owner="ana"
    )
    in_jobs = 5  # of a thousand pages: two pages of each at most, and what the workers hold
    assert crowded <= 1 + 2 * in_jobs / (slots * workers) + 2


def test_without_the_rules_the_delay_is_longer(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ocrcore.application.worker.prefetch.most_ahead", lambda *_: 10)
    crowded = seconds_of_a_page(QUEUES["embedded"], database, flood=_PAGES, slots=1, workers=1, after=10.25)
    assert crowded > 3
    assert fairness.most_ahead(1, 1.0) == 1
