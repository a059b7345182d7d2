import pytest

from ocrcore import JobStatus
from ocrcore.application.jobs import find_named
from ocrcore.ports.jobs import JobCursor
from worlds import World, uploads


@pytest.fixture
def world() -> World:
    """A world with ten jobs, every other one of which is an invoice."""
    world = World()
    for number in range(10):
        world.owned.submit(uploads("HELLO"), name=f"{'Invoice' if number % 2 else 'Letter'} {number}")
    return world


def names(world: World, text: str, limit: int = 3, status: JobStatus | None = None) -> list[list[str]]:
    """Return the names of all pages of a list."""
    pages, after = list[list[str]](), None
    while True:
        found = world.owned.find_named(text, status=status, after=after, limit=limit)
        pages.append([job.name for job in found.jobs])
        after = found.after
        if after is None:
            return pages


def test_jobs_are_found_newest_first_some_at_a_time(world: World) -> None:
    assert names(world, "voice") == [["Invoice 9", "Invoice 7", "Invoice 5"], ["Invoice 3", "Invoice 1"]]
    assert names(world, "voice", limit=5) == [["Invoice 9", "Invoice 7", "Invoice 5", "Invoice 3", "Invoice 1"]]
    assert names(world, "voice", status=JobStatus.DONE) == [[]]
    assert world.service.of("eve").find_named("voice").jobs == []


def test_a_call_looks_at_so_many_jobs_and_says_where_to_go_on(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(find_named, "MOST_LOOKED_AT", 4)
    monkeypatch.setattr(find_named, "_BATCH", 2)
    assert names(world, "Letter 0") == [[], [], ["Letter 0"]]
    first = world.owned.find_named("Letter 0")
    fourth = world.owned.list(limit=4)[-1]
    assert first.after == JobCursor(fourth.created_at, fourth.id)
