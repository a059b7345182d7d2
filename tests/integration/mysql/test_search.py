from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from adapters.sql.database import Database
from adapters.sql.dialects.mysql_text_index import MysqlTextIndex
from adapters.sql.dialects.text_index import Wanted
from adapters.sql.rows import item_row, job_row, page_row
from adapters.sql.search import SqlSearchIndex
from adapters.sql.tables import ITEMS, JOBS, SEARCH_PAGES, SEARCH_TERMS
from lost_words import lose_and_repair
from ocrcore.domain.search_page import SearchPage
from ocrcore.domain.search_query import parse_query
from ocrcore.domain.search_terms import owner_term
from ocrcore.testing.builders import LEASE, START, StateOfRecord, a_draft, a_layout, a_page
from ocrcore.testing.search import SearchContract


class TestSqlSearchIndex(SearchContract):
    @pytest.fixture
    def record(self, sql_record: StateOfRecord) -> StateOfRecord:
        return sql_record


def test_words_that_the_text_index_has_lost_are_told_and_added_again(
    database: Database, sql_record: StateOfRecord
) -> None:
    lose = sa.text("DELETE FROM search_terms WHERE number = :number AND term LIKE 'word7%'")
    lose_and_repair(database, sql_record, lambda number, _: (lose, {"number": number}))


@contextmanager
def counted(connection: sa.Connection) -> Iterator[list[int]]:
    """Yield a list that gets the number of rows that the connection's statements have read meanwhile."""
    reads: list[int] = []
    before = rows_read(connection)
    yield reads
    reads.append(rows_read(connection) - before)


def rows_read(connection: sa.Connection) -> int:
    of_index = sa.text(
        "SHOW SESSION STATUS WHERE Variable_name IN"
        " ('Handler_read_first', 'Handler_read_key', 'Handler_read_next', 'Handler_read_prev')"
    )
    return sum(int(value) for _, value in connection.execute(of_index))


@pytest.mark.parametrize("words", [1, 30])
def test_a_beginning_costs_no_more_where_its_words_are_on_many_pages(database: Database, words: int) -> None:
    index, wanted = MysqlTextIndex(), Wanted(owner_term("ana"), frozenset(), frozenset({"inv"}))
    reads = []
    for pages in (300, 3000):
        with database.engine.connect() as connection:  # nothing is committed
            terms = [
                {"owner": owner_term("ana")[1:], "term": f"inv{word}", "number": number}
                for word in range(words)
                for number in range(pages)
            ]
            connection.execute(sa.insert(SEARCH_TERMS), terms)
            with counted(connection) as count:
                assert list(index.find(connection, wanted, 10_000, 2)) == [pages - 1, pages - 2]
            reads += count
    few, many = reads
    assert many < 1.5 * few


def test_hits_are_looked_up_page_by_page_where_few_jobs_have_many_pages(database: Database) -> None:
    """Else all pages of these jobs would be read."""
    pages, asked = 1000, 90
    jobs = [a_draft(number).submitted(START, pages) for number in range(3)]
    items = [
        replace(
            a_page(jobs[place % 3], place).claim(START, LEASE).recognised(1, START, a_layout("hello"), "a.gz"),
            is_indexed=True,
        )
        for place in range(pages)
    ]
    rows = [page_row(SearchPage.read(item, jobs[0].owner)) for item in items]

    def fill(connection: sa.Connection) -> None:
        connection.execute(sa.insert(JOBS), [job_row(job) for job in jobs])
        connection.execute(sa.insert(ITEMS), [item_row(item) for item in items])
        connection.execute(sa.insert(SEARCH_PAGES), rows)
        MysqlTextIndex().add(connection, rows)

    database.write(fill)
    with database.engine.begin() as connection:
        connection.exec_driver_sql("ANALYZE TABLE jobs, job_items, search_pages, search_terms").all()
    found: list[tuple[str, Any]] = []
    sa.event.listen(database.engine, "before_cursor_execute", lambda *seen: found.append((seen[2], seen[3])))
    index, owner = SqlSearchIndex(database), jobs[0].owner
    assert len(index.find(owner, parse_query("hello"), None, asked).found) == asked
    plans = [plan for plan in found if "FROM search_pages" in plan[0]]
    assert len(plans) > 1
    with database.engine.connect() as connection:
        for statement, parameters in plans:
            first = connection.exec_driver_sql(f"EXPLAIN {statement}", parameters).first()
            assert first is not None
            assert (first.table, first.type, first.key) == ("search_pages", "range", "PRIMARY")
