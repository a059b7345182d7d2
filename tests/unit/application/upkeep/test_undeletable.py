"""Documents that the store refuses to delete, for a while or for ever."""

from collections.abc import Sequence
from typing import Any

import pytest

from ocrcore import Job
from ocrcore.application.context import BATCH
from ocrcore.domain.errors import StorageUnavailable
from worlds import World


def _refuse(world: World, *jobs: Job, verb: str = "delete", seconds: int = 0) -> list[str]:
    """Let the store refuse to touch the documents of these jobs, after so many seconds; return what it refused."""
    stuck, refused = {str(job.id) for job in jobs}, list[str]()
    port: Any = world.context.documents
    call = getattr(port, verb)

    def refusing(keys: str | list[str], *args: object, **options: object) -> object:
        key = keys if isinstance(keys, str) else keys[0]
        if key.split("/")[1] in stuck:
            world.tick(seconds=seconds)
            refused.append(key)
            raise StorageUnavailable
        return call(keys, *args, **options)

    port.__dict__[verb] = refusing
    return refused


def _deleted_while_the_store_was_away(world: World, jobs: Sequence[Job]) -> None:
    for job in jobs:
        world.documents.before("keys", StorageUnavailable("away"))
        world.owned.delete(job.id)


def _left(world: World) -> set[str]:
    return {key.split("/")[1] for key in world.context.documents.keys("", 10_000)}


def test_documents_that_cannot_be_deleted_keep_no_others(caplog: pytest.LogCaptureFixture) -> None:
    world = World()
    jobs = [world.submit() for _ in range(3)]
    _deleted_while_the_store_was_away(world, jobs)
    caplog.clear()
    _refuse(world, jobs[0])
    world.service.upkeep_once()
    assert _left(world) == {str(jobs[0].id)}
    assert [record.job_id for record in caplog.records if record.exc_info] == [str(jobs[0].id)]  # type: ignore[attr-defined] # an extra


def test_they_are_tried_ever_more_seldom_and_go_when_they_can() -> None:
    world = World()
    job = world.submit()
    _deleted_while_the_store_was_away(world, [job])
    refused = _refuse(world, job)
    for _ in range(6 * 60):
        world.service.upkeep_once()
        world.tick(seconds=10)
    assert 5 < len(refused) < 12
    del world.context.documents.__dict__["delete"]
    for _ in range(6 * 60):
        world.service.upkeep_once()
        world.tick(seconds=10)
    assert _left(world) == set()


def test_any_number_of_them_keeps_no_others() -> None:
    world = World()
    *stuck, last = [world.submit() for _ in range(BATCH + 11)]
    _deleted_while_the_store_was_away(world, [*stuck, last])
    _refuse(world, *stuck)
    for _ in range(40):
        world.service.upkeep_once()
        world.tick(seconds=10)
    assert _left(world) == {str(job.id) for job in stuck}


def test_a_store_that_is_silent_is_asked_once() -> None:
    world = World()
    jobs = [world.submit() for _ in range(3)]
    _deleted_while_the_store_was_away(world, jobs)
    refused = _refuse(world, *jobs, verb="keys", seconds=5)
    world.service.upkeep_once()
    assert len(refused) == 1


def test_an_error_that_nobody_foresaw_keeps_no_other_documents() -> None:
    world = World()
    jobs = [world.submit() for _ in range(2)]
    _deleted_while_the_store_was_away(world, jobs)
    world.documents.before("delete", ValueError("a key that nobody foresaw"))
    world.service.upkeep_once()
    assert len(_left(world)) == 1
