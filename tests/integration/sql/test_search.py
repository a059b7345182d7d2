import pytest
import sqlalchemy as sa

from adapters.sql.database import Database
from ocrcore.domain.search_page import SearchPage
from ocrcore.domain.search_query import parse_query
from ocrcore.testing.builders import StateOfRecord, a_draft, a_page, finish_searchable, submit
from ocrcore.testing.search import SearchContract


class TestSqlSearchIndex(SearchContract):
    @pytest.fixture
    def record(self, sql_record: StateOfRecord) -> StateOfRecord:
        return sql_record


def test_words_that_the_text_index_has_lost_are_told_and_added_again(
    database: Database, sql_record: StateOfRecord
) -> None:
    job = submit(sql_record.jobs, a_draft(), 2)
    text = " ".join(f"word{number}" for number in range(300))
    one, other = (finish_searchable(sql_record.jobs, a_page(job, at), text) for at in range(2))
    pages = [SearchPage.read(item, "ana") for item in (one, other)]
    assert sql_record.search.unlike(pages) == set()
    (row, *_) = (row for row in sql_record.search.rows(None, 10) if row.item_id == one.id)
    lose = sa.text("INSERT INTO search_index (search_index, rowid, terms) VALUES ('delete', :number, :terms)")
    database.write(lambda connection: connection.execute(lose, {"number": row.number, "terms": pages[0].terms}))
    assert sql_record.search.unlike(pages) == {one.id}
    sql_record.jobs.transact(job.id, lambda transaction: transaction.reindex(pages[0]))
    assert sql_record.search.unlike(pages) == set()
    found = sql_record.search.find("ana", parse_query('"word7 word8"'), None, 10).found
    assert {match.item.id for match in found} == {one.id, other.id}
