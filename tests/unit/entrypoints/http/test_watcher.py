"""Requests that wait for jobs: one look at the database for all of them."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from entrypoints.http.client_gone import ClientGone
from entrypoints.http.watcher import JobWatcher
from ocrcore import Job, JobStatus
from ocrcore.domain.errors import DatabaseUnavailable
from ocrcore.testing.patience import FOREVER
from worlds import World, uploads

LONG = timedelta(seconds=30)


class Database:
    """Counts the looks, and lets the world's worker finish its jobs after some of them."""

    def __init__(self, world: World, finish_after: int = 3) -> None:
        self._world, self._finish_after = world, finish_after
        self.looks: list[int] = []

    def open_deadlines(self, job_ids: Sequence[UUID]) -> Mapping[UUID, datetime]:
        self.looks.append(len(job_ids))
        if len(self.looks) == self._finish_after:
            self._world.process_all()
        return self._world.context.jobs.open_deadlines(job_ids)


def wait_for(world: World, database: Database, jobs: Sequence[Job], wait: timedelta = LONG) -> list[Job]:
    """Return what as many requests as jobs get that wait at the same time."""

    async def run() -> list[Job]:
        watcher = JobWatcher(database.open_deadlines, world.clock.now, asyncio.Event(), 1000)
        return await asyncio.gather(*(watcher.finished_job(world.owned, job.id, wait) for job in jobs))

    return asyncio.run(run())


def test_fifty_requests_cost_as_many_looks_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("entrypoints.http.watcher._FIRST_PAUSE", 1.0)  # all have come by then
    few, many = World(), World()
    one, fifty = Database(few), Database(many)
    assert [job.status for job in wait_for(few, one, [few.submit()])] == [JobStatus.DONE]
    jobs = [many.submit() for _ in range(10)]
    assert {job.status for job in wait_for(many, fifty, jobs * 5)} == {JobStatus.DONE}
    assert fifty.looks == [10] * len(one.looks)


def test_a_job_that_is_past_its_deadline_is_looked_at_at_once() -> None:
    world = World()
    job = world.submit(expires_in=timedelta(seconds=60))
    database = Database(world, finish_after=0)
    late = JobWatcher(database.open_deadlines, lambda: world.clock.now() + timedelta(minutes=1), asyncio.Event(), 1000)

    async def run() -> Job:
        waiting = asyncio.create_task(late.finished_job(world.owned, job.id, LONG))
        await asyncio.sleep(0)
        world.tick(minutes=1)
        return await waiting

    assert asyncio.run(run()).status is JobStatus.EXPIRED


def test_a_wait_ends_with_the_job_as_it_is_when_its_time_is_over() -> None:
    world = World()
    job = world.submit()
    (found,) = wait_for(world, Database(world, finish_after=0), [job], timedelta(seconds=0.3))
    assert found.status is JobStatus.PENDING


def test_a_wait_ends_when_the_server_closes() -> None:
    world = World()
    job = world.submit()

    async def run() -> Job:
        closing = asyncio.Event()
        watcher = JobWatcher(Database(world, finish_after=0).open_deadlines, world.clock.now, closing, 1000)
        waiting = asyncio.create_task(watcher.finished_job(world.owned, job.id, LONG))
        await asyncio.sleep(0.05)
        closing.set()
        return await waiting

    assert asyncio.run(run()).status is JobStatus.PENDING


def test_a_database_that_is_unavailable_lets_each_request_see_for_itself() -> None:
    world = World()
    job = world.submit()

    class Away(Database):
        def open_deadlines(self, job_ids: Sequence[UUID]) -> Mapping[UUID, datetime]:
            if not self.looks:
                self.looks.append(len(job_ids))
                world.process_all()
                raise DatabaseUnavailable
            return super().open_deadlines(job_ids)

    assert [found.status for found in wait_for(world, Away(world), [job])] == [JobStatus.DONE]


def test_a_request_whose_client_is_gone_does_not_wait() -> None:
    world = World()
    job, database = world.submit(), Database(world, finish_after=0)

    async def run() -> int:
        watcher = JobWatcher(database.open_deadlines, world.clock.now, asyncio.Event(), 1000)
        gone = asyncio.Event()

        async def until_gone() -> None:
            await gone.wait()

        waiting = asyncio.create_task(watcher.finished_job(world.owned, job.id, LONG, until_gone))
        await asyncio.sleep(0.05)
        gone.set()
        with pytest.raises(ClientGone):
            await waiting
        return len(watcher._waiters)

    assert asyncio.run(run()) == 0


def test_an_owner_holds_half_of_the_waits_and_more_are_answered_early(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("entrypoints.http.watcher._CROWDED", timedelta(seconds=0.05))
    world = World()
    database = Database(world, finish_after=0)
    ana, bob = (world.service.of(owner) for owner in ("ana", "bob"))
    of_ana, of_bob = (jobs.submit(uploads("A")) for jobs in (ana, bob))

    async def run() -> None:
        watcher = JobWatcher(database.open_deadlines, world.clock.now, asyncio.Event(), 4)
        asked = [asyncio.create_task(watcher.finished_job(ana, of_ana.id, LONG, sharer="ana")) for _ in range(5)]
        asked += [asyncio.create_task(watcher.finished_job(bob, of_bob.id, LONG, sharer="bob")) for _ in range(3)]
        held, early = [*asked[:2], *asked[5:7]], [*asked[2:5], asked[7]]
        found = await asyncio.wait_for(asyncio.gather(*early), FOREVER)
        assert {job.status for job in found} == {JobStatus.PENDING}
        assert not any(task.done() for task in held)
        world.process_all()
        assert {(await task).status for task in held} == {JobStatus.DONE}
        again = asyncio.create_task(watcher.finished_job(ana, ana.submit(uploads("B")).id, LONG, sharer="ana"))
        await asyncio.sleep(0.3)
        assert not again.done()  # there is room again
        world.process_all()
        assert (await again).status is JobStatus.DONE
        assert not watcher._held

    asyncio.run(run())
