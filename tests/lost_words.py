"""Words of a page that a text index has lost: they are told, and found again after a repair."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from adapters.sql.database import Database
from ocrcore.domain.search_page import SearchPage
from ocrcore.domain.search_query import parse_query
from ocrcore.testing.builders import StateOfRecord, a_draft, a_page, finish_searchable, submit


def lose_and_repair(
    database: Database, record: StateOfRecord, lose: Callable[[int, str], tuple[sa.Executable, dict[str, Any]]]
) -> None:
    """Lose words of one page of two by the statement that ``lose`` makes of its number and its terms."""
    job = submit(record.jobs, a_draft(), 2)
    text = " ".join(f"word{number}" for number in range(300))
    one, other = (finish_searchable(record.jobs, a_page(job, at), text) for at in range(2))
    pages = [SearchPage.read(item, "ana") for item in (one, other)]
    assert record.search.unlike(pages) == set()
    (row, *_) = (row for row in record.search.rows(None, 10) if row.item_id == one.id)
    statement, values = lose(row.number, pages[0].terms)
    database.write(lambda connection: connection.execute(statement, values))
    assert record.search.unlike(pages) == {one.id}
    record.jobs.transact(job.id, lambda transaction: transaction.reindex(pages[0]))
    assert record.search.unlike(pages) == set()
    found = record.search.find("ana", parse_query('"word7 word8"'), None, 10).found
    assert {match.item.id for match in found} == {one.id, other.id}
