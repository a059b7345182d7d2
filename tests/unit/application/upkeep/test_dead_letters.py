from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar
from uuid import UUID

import pytest

from adapters.memory.jobs import MemoryJobs
from ocrcore import ItemStatus, Job, OcrService
from ocrcore.domain.errors import CommitUnknown, DatabaseUnavailable
from ocrcore.ports.jobs import JobTransaction
from worlds import World

T = TypeVar("T")


def dead_letter(world: World) -> Job:
    """Submit a page whose message ends among the dead letters."""
    job = world.submit()
    (message,) = world.messages()
    world.context.queue.delete([message.receipt])
    world.dead_letters.bury(message.body)
    return job


def left(world: World) -> int:
    world.tick(hours=1)
    return len(world.dead_letters.receive(10))


def test_an_open_items_dead_letter_orders_another_message() -> None:
    world = World()
    job = dead_letter(world)
    world.service.upkeep_once()
    assert left(world) == 0
    world.service.upkeep_once()
    world.process_all()
    assert (world.item(job).status, world.item(job).attempts) == (ItemStatus.DONE, 1)


def test_a_finished_items_dead_letter_orders_nothing() -> None:
    world = World()
    job = dead_letter(world)
    world.owned.cancel(job.id)
    world.service.upkeep_once()
    assert left(world) == 0
    assert not world.database.orders


def test_a_deleted_jobs_dead_letter_orders_nothing() -> None:
    world = World()
    world.owned.delete(dead_letter(world).id)
    world.service.upkeep_once()
    assert left(world) == 0


def test_a_dead_letter_that_is_not_ours_is_recorded() -> None:
    world = World()
    world.dead_letters.bury("foreign")
    world.service.upkeep_once()
    assert left(world) == 0
    assert [rejection.body for rejection in world.database.rejected.values()] == ["foreign"]


def test_every_dead_letter_that_is_not_ours_is_recorded_with_its_id_and_instant() -> None:
    world = World()
    for _ in range(2):
        world.dead_letters.bury("foreign")
    ids = {letter.message_id for letter in world.dead_letters.receive(2)}
    world.tick(minutes=1)
    world.service.upkeep_once()
    assert set(world.database.rejected) == ids
    assert {rejection.at for rejection in world.database.rejected.values()} == {world.clock.now()}


class AnnouncedJobs(MemoryJobs):
    """Remembers which items each transaction announced."""

    def __init__(self, world: World) -> None:
        super().__init__(world.database)
        self.announced: list[Sequence[UUID]] = []

    def transact(self, job_id: UUID, decide: Callable[[JobTransaction], T], *, items: Sequence[UUID] = ()) -> T:
        self.announced.append(items)
        return super().transact(job_id, decide, items=items)


def test_the_item_of_a_dead_letter_is_read_with_the_lock_of_its_job() -> None:
    world = World()
    job = dead_letter(world)
    jobs = AnnouncedJobs(world)
    OcrService(replace(world.context, jobs=jobs)).upkeep_once()
    assert jobs.announced == [[world.item(job).id]]


def test_a_dead_letter_of_an_unknown_item_stays() -> None:
    world, elsewhere = World(), World()
    elsewhere.context.ids.new()
    elsewhere.submit()
    (message,) = elsewhere.messages()
    world.dead_letters.bury(message.body)
    world.service.upkeep_once()
    assert left(world) == 1


@pytest.mark.parametrize("error", [CommitUnknown("lost"), DatabaseUnavailable("away")])
def test_a_dead_letter_stays_until_its_message_is_known_to_be_ordered(error: Exception) -> None:
    world = World()
    dead_letter(world)
    world.jobs.before("transact", error)
    world.service.upkeep_once()
    assert left(world) == 1


def test_the_letter_of_a_job_that_contradicts_itself_holds_up_no_other(caplog: pytest.LogCaptureFixture) -> None:
    world = World()
    wrong, *right = (dead_letter(world) for _ in range(12))
    world.jobs.before("transact", ValueError("counts do not add up"))
    assert world.service.upkeep_once()["reflect_dead_letters_once"] == 12
    assert sorted(order.task.job_id for order in world.database.orders.values()) == sorted(job.id for job in right)
    assert [record.job_id for record in caplog.records if record.exc_info] == [str(wrong.id)]  # type: ignore[attr-defined] # an extra
    assert left(world) == 1


def test_many_dead_letters_are_taken_in_batches() -> None:
    world = World()
    for number in range(25):
        world.dead_letters.bury(f"foreign {number}")
    assert world.service.upkeep_once()["reflect_dead_letters_once"] == 25
    assert left(world) == 0
