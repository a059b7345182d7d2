"""Dead letters of items that nobody knows."""

from examined import left, rest, settled
from ocrcore.domain.job import Tombstone
from ocrcore.domain.task import Task
from worlds import START


def test_a_dead_letter_of_a_tombstone_is_nobodys_concern() -> None:
    world, job = settled()
    item = world.items(job)[0]
    world.owned.delete(job.id)
    rest(world)
    assert isinstance(world.database.tombstones[job.id], Tombstone)
    world.dead_letters.bury(Task(job.id, item.id, "b", "k", START).to_json())
    assert left(world) == []
