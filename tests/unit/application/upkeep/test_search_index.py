"""What release 0.1 leaves, which knows no search index: pages that are not in it, and rows of deleted jobs that are."""

from dataclasses import replace
from datetime import timedelta

from ocrcore import Item, Job
from ocrcore.application.upkeep.search_index import index_pages_once
from ocrcore.domain.errors import DatabaseUnavailable
from worlds import World


def read(*texts: str) -> tuple[World, Job]:
    world = World()
    job = world.submit(*texts)
    world.process_all()
    return world, job


def as_by_the_old_release(world: World, item: Item) -> None:
    """Leave a DONE item as release 0.1 does."""
    world.database.items[item.id] = replace(item, is_indexed=False)
    del world.database.pages[item.id]


def test_pages_that_the_old_release_finished_are_added() -> None:
    world, job = read(*(f"WORD{number}" for number in range(25)))
    before = list(world.database.pages.values())
    for item in world.items(job):
        as_by_the_old_release(world, item)
    assert world.owned.search("word*").hits == []
    assert world.service.upkeep_once()["index_pages_once"] == 25
    assert sorted(world.database.pages.values(), key=lambda page: page.number) == sorted(
        before, key=lambda page: page.number
    )
    assert len(world.owned.search("word*", limit=50).hits) == 25
    assert world.service.upkeep_once()["index_pages_once"] == 0


def test_each_transaction_adds_a_few_pages_only() -> None:
    world, job = read(*(["ALPHA"] * 25))
    for item in world.items(job):
        as_by_the_old_release(world, item)
    world.jobs.after("transact", DatabaseUnavailable("away"))
    world.service.upkeep_once()
    assert 0 < len(world.database.pages) < 25


def test_items_that_are_not_done_are_not_added() -> None:
    world = World()
    world.submit("ALPHA")
    assert index_pages_once(world.context) == 0
    assert world.database.pages == {}


def test_rows_of_a_job_that_the_old_release_deleted_are_removed() -> None:
    world, job = read("ALPHA", "BRAVO")
    pages = dict(world.database.pages)
    world.owned.delete(job.id)
    stone = world.database.tombstones[job.id]
    world.database.pages |= pages
    world.database.tombstones[job.id] = replace(stone, is_unindexed=False)
    world.service.upkeep_once()
    assert world.database.pages == {}
    assert world.database.tombstones[job.id] == stone


def test_words_of_a_large_job_go_in_parts_and_its_purge_ends_with_the_last() -> None:
    world, job = read("ALPHA")
    page = next(iter(world.database.pages.values()))
    ids = [world.context.ids.new() for _ in range(500)]
    world.database.pages |= {item_id: replace(page, item_id=item_id, number=n) for n, item_id in enumerate(ids)}
    world.owned.delete(job.id)
    assert 0 < len(world.database.pages) < 500
    assert (world.database.tombstones[job.id].purges, world.context.documents.keys("", 1)) == (0, [])
    world.service.upkeep_once()
    assert world.database.pages == {}
    assert world.database.tombstones[job.id].purges == 1


def test_a_purge_that_is_due_removes_them_too() -> None:
    world, job = read("ALPHA")
    pages = dict(world.database.pages)
    world.owned.delete(job.id)
    world.database.pages |= pages
    world.database.tombstones[job.id] = replace(world.database.tombstones[job.id], is_unindexed=False)
    world.tick(seconds=timedelta(minutes=3).total_seconds())
    world.service.upkeep_once()
    assert world.database.pages == {}
    assert world.database.tombstones[job.id].purges == 2
