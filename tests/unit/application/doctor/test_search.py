from dataclasses import replace

from examined import assert_mended, findings, left, only, settled
from ocrcore import FindingKind


def test_a_page_that_the_index_has_lost_is_found_and_added_again() -> None:
    world, job = settled()
    pages = dict(world.database.pages)
    item = world.items(job)[0]
    del world.database.pages[item.id]
    finding = only(world, FindingKind.UNSEARCHABLE_PAGE)
    assert (finding.job_id, finding.item_id) == (job.id, item.id)
    assert_mended(world, FindingKind.UNSEARCHABLE_PAGE)
    assert world.database.pages == pages


def test_a_page_of_which_the_index_has_other_words_is_found_and_put_right() -> None:
    world, job = settled()
    pages = dict(world.database.pages)
    item = world.items(job)[-1]
    world.database.pages[item.id] = replace(pages[item.id], terms=pages[item.id].terms + " other")
    finding = only(world, FindingKind.UNSEARCHABLE_PAGE)
    assert (finding.job_id, finding.item_id) == (job.id, item.id)
    assert_mended(world, FindingKind.UNSEARCHABLE_PAGE)
    assert world.database.pages == pages


def test_rows_of_no_page_are_found_and_removed() -> None:
    world, job = settled()
    page = next(iter(world.database.pages.values()))
    for number in (1, 2):
        stray = replace(page, number=number, item_id=world.context.ids.new(), job_id=world.context.ids.new())
        world.database.pages[stray.item_id] = stray
    assert_mended(world, FindingKind.STRAY_SEARCH_ROWS, FindingKind.STRAY_SEARCH_ROWS)
    assert len(world.database.pages) == len(world.items(job))


def test_rows_of_a_page_that_is_not_done_are_stray() -> None:
    world, job = settled()
    item = world.items(job)[0]
    world.database.items[item.id] = replace(item, is_indexed=False)
    kinds = [finding.kind for finding in findings(world)]
    assert kinds == [FindingKind.UNINDEXED_PAGES, FindingKind.STRAY_SEARCH_ROWS]
    assert left(world, repair=True) == []
    assert world.owned.search("alpha").hits


def test_rows_that_upkeep_removes_are_none() -> None:
    world, job = settled()
    pages = dict(world.database.pages)
    world.owned.delete(job.id)
    world.database.pages |= pages
    assert left(world) == []


def test_pages_that_wait_for_long_are_found_and_added() -> None:
    world, job = settled()
    item = world.items(job)[0]
    world.database.items[item.id] = replace(item, is_indexed=False)
    del world.database.pages[item.id]
    assert_mended(world, FindingKind.UNINDEXED_PAGES)
    assert world.owned.search("alpha").hits
