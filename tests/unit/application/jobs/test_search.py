import pytest

from ocrcore import LOCAL_OWNER, Hit, ItemStatus
from ocrcore.domain.audit import AuditAction
from ocrcore.domain.errors import InvalidPage, StorageUnavailable
from worlds import World


def search(world: World, query: str) -> list[Hit]:
    return list(world.owned.search(query).hits)


def read(*texts: str) -> World:
    world = World()
    world.submit(*texts)
    world.process_all()
    return world


def test_a_hit_shows_where_the_words_stand() -> None:
    world = read("ALPHA BRAVO")
    (job,) = world.owned.list()
    (hit,) = search(world, "bravo")
    item = world.item(job)
    assert hit == Hit(job.id, job.name, item.id, item.filename, 1, "ALPHA BRAVO", hit.boxes, item.width, item.height)
    layout = world.owned.item_result(item.id).read_layout()
    assert list(hit.boxes) == [word.bbox for line in layout.lines for word in line.words if word.text == "BRAVO"]
    assert len(hit.boxes) == 1


def test_a_page_is_found_as_soon_as_it_is_done() -> None:
    world = World()
    world.submit("ALPHA", "BRAVO")
    assert search(world, "alpha") == []
    world.receive()
    world.worker.work_one()
    found = search(world, "alpha") + search(world, "bravo")
    assert len(found) == 1


def test_a_page_of_a_failed_job_is_found() -> None:
    world = read("ALPHA")
    assert [hit.filename for hit in search(world, "alpha")] == ["0.png"]


def test_another_owner_finds_nothing() -> None:
    world = read("ALPHA")
    assert world.service.of("eve").search("alpha").hits == []


def test_a_deleted_job_is_not_found_and_leaves_no_words() -> None:
    world = read("ALPHA")
    (job,) = world.owned.list()
    world.owned.delete(job.id)
    assert search(world, "alpha") == []
    assert world.database.pages == {}


def test_its_words_go_although_the_store_is_away() -> None:
    world = read("ALPHA")
    (job,) = world.owned.list()
    world.documents.before("keys", StorageUnavailable("away"))
    world.owned.delete(job.id)
    assert world.database.pages == {}


def test_hits_come_in_pages() -> None:
    world = read("ALPHA", "ALPHA", "ALPHA")
    first = world.owned.search("alpha", limit=2)
    second = world.owned.search("alpha", before=first.before, limit=2)
    assert (len(first.hits), len(second.hits), second.before) == (2, 1, None)
    assert len({hit.item_id for hit in (*first.hits, *second.hits)}) == 3


def test_a_lost_layout_costs_the_boxes_only() -> None:
    world = read("ALPHA")
    (job,) = world.owned.list()
    key = world.item(job).layout_key
    assert key is not None
    world.context.documents.delete([key])
    (hit,) = search(world, "alpha")
    assert (hit.snippet, list(hit.boxes)) == ("ALPHA", [])


def test_a_search_is_a_read_of_the_results_that_it_shows() -> None:
    world = read("ALPHA")
    (job,) = world.owned.list()
    search(world, "alpha")
    world.service.upkeep_once()
    actions = [entry.action for entry in world.owned.timeline(job.id)]
    assert actions.count(AuditAction.RESULT_READ) == 1


def test_a_renamed_job_is_shown_with_its_name_of_now() -> None:
    world = read("ALPHA")
    (job,) = world.owned.list()
    world.owned.rename(job.id, "Letters")
    assert [hit.job_name for hit in search(world, "alpha")] == ["Letters"]


def test_an_empty_page_is_in_the_index_and_never_found() -> None:
    world = read("")
    (job,) = world.owned.list()
    item = world.item(job)
    assert (item.status, item.is_indexed) == (ItemStatus.DONE, True)
    assert item.id in world.database.pages
    assert world.service.of(LOCAL_OWNER).search("a*").hits == []


def test_a_query_without_words_is_refused() -> None:
    with pytest.raises(InvalidPage):
        World().owned.search("?")
