from datetime import UTC, datetime, timedelta

from ocrcore.domain.search_page import SearchPage, page_number
from ocrcore.testing.builders import LEASE, START, a_draft, a_layout, a_page

TICK = timedelta(microseconds=1)


def test_a_later_page_has_a_higher_number() -> None:
    assert page_number(START + TICK, 9) > page_number(START, 0)


def test_of_pages_that_were_finished_together_the_first_has_the_highest() -> None:
    assert page_number(START, 0) > page_number(START, 1) > page_number(START, 4095)


def test_numbers_fit_a_column_for_a_long_time() -> None:
    assert page_number(datetime(2090, 1, 1, tzinfo=UTC), 0) < 2**63
    assert page_number(datetime(1970, 1, 1, tzinfo=UTC), 0) > -(2**63)


def test_a_row_is_made_of_a_finished_item() -> None:
    item = a_page(a_draft()).claim(START, LEASE).recognised(1, START, a_layout("hello"), "a.gz")
    page = SearchPage.read(item, "ana")
    assert (page.item_id, page.job_id, page.number) == (item.id, item.job_id, page_number(START, 0))
    assert page.terms.split(" ")[1:] == ["hello"]
