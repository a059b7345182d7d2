"""The time of a search in many pages, on SQLite and on the server that the tests have.

``python bench/measures/search.py PAGES`` measures another number of pages. The rows of all but one are written by the
database itself, as a page leaves them. Layouts are left out: those of the hits cost the same for every number.
"""

import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any, Final

import sqlalchemy as sa

from adapters.sql.database import Database
from adapters.sql.dialects import file_url
from adapters.sql.jobs import SqlJobs
from adapters.sql.migrate import migrate
from adapters.sql.search import SqlSearchIndex
from adapters.sql.tables import ITEMS, JOBS, SEARCH_PAGES, SEARCH_TERMS
from mysql_server import MysqlServer, mysql_server
from ocrcore.domain.search_query import parse_query
from ocrcore.domain.search_terms import owner_term
from ocrcore.testing.builders import a_draft, claim, finish, submit
from report import Figure, Goal, Table, at_most

_PAGES: Final = 100_000
_JOBS: Final = 100
_OWNER: Final = "ana"
#: Words of a page, besides those that are looked for, and of all pages.
_WORDS, _VOCABULARY = 12, 50_000
_ROUNDS: Final = 30
_HITS: Final = 20
#: What is looked for -> the most milliseconds.
_QUERIES: Final[dict[str, tuple[str, Goal | None]]] = {
    "a word on 100 pages": ("rare", at_most(100)),
    "a word on 1 % of the pages": ("percent", at_most(300)),
    "a word on all pages": ("everywhere", at_most(300)),
    "a word on 1 % and one on all": ("percent everywhere", at_most(300)),
    "a beginning that 100 pages have": ("rar*", at_most(100)),
    "a word on no page": ("nowhere", at_most(100)),
}
#: Added to the numbers of copies, so that no id is that of the first page.
_OTHERS: Final = 10_000_000
_NUMBERS: Final = sa.table("bench_numbers", sa.column("n", sa.BigInteger))
_COUNT: Final = sa.text(
    "INSERT INTO bench_numbers (n) WITH RECURSIVE digits(d) AS"
    " (SELECT 0 UNION ALL SELECT d + 1 FROM digits WHERE d < 9)"
    " SELECT a.d + 10 * b.d + 100 * c.d + 1000 * d.d + 10000 * e.d + 100000 * f.d + 1"
    " FROM digits a, digits b, digits c, digits d, digits e, digits f"
    " WHERE a.d + 10 * b.d + 100 * c.d + 1000 * d.d + 10000 * e.d + 100000 * f.d < :pages"
)


def search(pages: int = _PAGES) -> Table:
    """Measure searches."""
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory() as folder:
        for url in _databases(Path(folder)):
            _fill(url, pages)
            figures += _measured(url)
    how = (
        f"{pages:,} pages of {_WORDS + 2} words; the first {_HITS} hits, without their snippets. The first search of a"
        f" process, and the median of {_ROUNDS}."
    )
    return Table("Search", how, figures)


def _databases(folder: Path) -> Iterator[str]:
    yield file_url(folder / "ocr.sqlite3")
    (folder / "server").mkdir()
    with mysql_server(folder / "server", "--innodb-buffer-pool-size=512M") as server:
        yield _schema(server)


def _schema(server: MysqlServer) -> str:
    server.execute("CREATE DATABASE ocr_bench")
    return server.url("ocr_bench")


@contextmanager
def _opened(url: str) -> Iterator[Database]:
    database = Database(url, hurried=False)
    try:
        yield database
    finally:
        database.close()


def _fill(url: str, pages: int) -> None:
    """Finish a page by the adapters, then copy its rows."""
    with _opened(url) as database:
        migrate(database)
        jobs = SqlJobs(database)
        job = submit(jobs, a_draft(owner=_OWNER))
        (item,) = jobs.items(job.id, None, -1, 1)
        finish(jobs, claim(jobs, item), " ".join(query for query, _ in _QUERIES.values()))
        for statement in _statements(database, pages):
            _write(database, statement)


def _write(database: Database, statement: sa.Executable) -> None:
    database.write(lambda connection: connection.execute(statement))


def _statements(database: Database, pages: int) -> Iterator[sa.Executable]:
    yield sa.text("CREATE TABLE bench_numbers (n INTEGER PRIMARY KEY)")
    yield _COUNT.bindparams(pages=pages)
    n = _NUMBERS.c.n
    job = n % _JOBS + 1
    yield _copies(JOBS, n <= _JOBS, id=_id(JOBS.c.id, n))
    yield _copies(ITEMS, sa.true(), id=_id(ITEMS.c.id, n), job_id=_id(ITEMS.c.job_id, job), position=n)
    first = sa.select(ITEMS.c.id, ITEMS.c.job_id).where(ITEMS.c.position == 0).subquery()
    ids = (n, _id(first.c.job_id, job), _id(first.c.id, n))
    page = sa.select(*ids, _terms(pages)).select_from(_NUMBERS.join(first, sa.true())).order_by(n)
    yield sa.insert(SEARCH_PAGES).from_select(["number", "job_id", "item_id", "terms"], page)
    if database.engine.dialect.name != "sqlite":  # there a trigger did it
        for term, has in _indexed(pages):
            key = sa.select(sa.literal(owner_term(_OWNER)[1:]), term, n).where(has).order_by(term, n)
            yield sa.insert(SEARCH_TERMS).from_select(["owner", "term", "number"], key)
    yield sa.text("ANALYZE" if database.engine.dialect.name == "sqlite" else "ANALYZE TABLE search_terms, job_items")


def _copies(table: sa.Table, where: sa.ColumnElement[bool], **other: sa.ColumnElement[Any]) -> sa.Insert:
    """Return a statement that copies the only row of a table for each number, with other values in some columns."""
    values = [other.get(column.name, column) for column in table.c]
    rows = sa.select(*values).select_from(table.join(_NUMBERS, sa.true())).where(where)
    return sa.insert(table).from_select([column.name for column in table.c], rows)


def _id(column: sa.ColumnElement[Any], n: sa.ColumnElement[int]) -> sa.ColumnElement[Any]:
    """Return an id that ends in a number."""
    digits = sa.func.substr(sa.literal("0" * 12).concat(sa.cast(n + _OTHERS, sa.String(12))), -12)
    return sa.func.substr(sa.type_coerce(column, sa.String), 1, 24).concat(digits)


def _words(n: sa.ColumnElement[int]) -> Sequence[sa.ColumnElement[str]]:
    numbers = (n * (7919 + 2 * place) % _VOCABULARY for place in range(_WORDS))
    return [sa.literal(f"w{place}x").concat(sa.cast(number, sa.String(12))) for place, number in enumerate(numbers)]


def _indexed(pages: int) -> Iterator[tuple[sa.ColumnElement[str], sa.ColumnElement[bool]]]:
    """Yield each term, and which pages have it."""
    n = _NUMBERS.c.n
    yield sa.literal("percent"), n % 100 == 0
    yield sa.literal("rare"), n % max(1, pages // 100) == 0
    for term in (sa.literal("everywhere"), sa.literal(owner_term(_OWNER)), *_words(n)):
        yield term, n > 0


def _terms(pages: int) -> sa.ColumnElement[str]:
    n = _NUMBERS.c.n
    terms: sa.ColumnElement[str] = sa.literal(f"{owner_term(_OWNER)} everywhere")
    terms = terms.concat(sa.case((n % 100 == 0, " percent"), else_=""))
    terms = terms.concat(sa.case((n % max(1, pages // 100) == 0, " rare"), else_=""))
    for word in _words(n):
        terms = terms.concat(sa.literal(" ")).concat(word)
    return terms


def _measured(url: str) -> Iterator[Figure]:
    with _opened(url) as database:
        product = _product(database)
    for name, (query, goal) in _QUERIES.items():
        with _opened(url) as database:
            database.check()  # connects
            index = SqlSearchIndex(database)
            first = _milliseconds(index, query)
            usual = median(_milliseconds(index, query) for _ in range(_ROUNDS))
        yield Figure(f"{product}: {name}, the first", first, " ms", goal)
        yield Figure(f"{product}: {name}", usual, " ms", goal)


def _product(database: Database) -> str:
    with database.reading() as connection:
        name = connection.dialect.name
        return (
            "SQLite" if name == "sqlite" else "MariaDB" if getattr(connection.dialect, "is_mariadb", False) else "MySQL"
        )


def _milliseconds(index: SqlSearchIndex, query: str) -> float:
    began = time.perf_counter()
    index.find(_OWNER, parse_query(query), None, _HITS)
    return (time.perf_counter() - began) * 1000


if __name__ == "__main__":
    print(search(int(sys.argv[1]) if sys.argv[1:] else _PAGES).text())
