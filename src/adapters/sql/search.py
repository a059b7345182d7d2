"""The search index of a relational database.

The text index of the dialect returns numbers of pages that have all terms of a query, highest first. Which of them have
its phrases, and belong to a living job of the owner, is decided here.
"""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

from adapters.sql.database import Database
from adapters.sql.dialects import Wanted, text_index_of
from adapters.sql.rows import item_of, job_of
from adapters.sql.search_pages import remove_pages
from adapters.sql.tables import ITEMS, JOBS, SEARCH_PAGES
from ocrcore.domain.lifecycle import ItemStatus
from ocrcore.domain.search_page import SearchPage
from ocrcore.domain.search_query import SearchQuery
from ocrcore.domain.search_terms import beginnings, has_phrases, owner_term, whole_terms
from ocrcore.ports.search import IndexRow, Match, Matches, SearchIndex

#: Most pages that are looked at together, and in all by one call.
_TOGETHER: Final = 100
_MOST: Final = 1000
#: Above every number.
_END: Final = 2**63 - 1
_FROM: Final = SEARCH_PAGES.join(JOBS, JOBS.c.id == SEARCH_PAGES.c.job_id).join(
    ITEMS, ITEMS.c.id == SEARCH_PAGES.c.item_id
)
#: Rows are found by their numbers. The other columns are wrapped in a function, which keeps the planner from reading
#: all jobs of the owner, or all items that are DONE, by their indexes; and :func:`_by_number` from all pages of jobs.
_SHOWN: Final = (
    SEARCH_PAGES.c.number.in_(sa.bindparam("numbers", expanding=True)),
    sa.func.coalesce(JOBS.c.owner, None) == sa.bindparam("asker", type_=JOBS.c.owner.type),
    sa.func.coalesce(JOBS.c.submitted_at, None).is_not(None),
    sa.func.coalesce(ITEMS.c.status, None) == ItemStatus.DONE.value,
)


def _by_number(*columns: sa.ColumnElement[Any] | sa.Table) -> sa.Select[Any]:
    """Return a query whose tables are read in the order of the join.

    MySQL and MariaDB begin with the jobs where these are few, and then read all their pages.
    """
    rows = sa.select(*columns).select_from(_FROM).where(*_SHOWN).order_by(SEARCH_PAGES.c.number.desc())
    return rows.prefix_with("STRAIGHT_JOIN", dialect="mysql").prefix_with("STRAIGHT_JOIN", dialect="mariadb")


_TERMS: Final = _by_number(SEARCH_PAGES.c.number, SEARCH_PAGES.c.terms)
_FOUND: Final = _by_number(JOBS, ITEMS, SEARCH_PAGES.c.number)
_IS_RIGHT: Final = ITEMS.c.id.is_not(None).label("is_right")
_ROWS: Final = (
    sa.select(SEARCH_PAGES.c.number, SEARCH_PAGES.c.job_id, SEARCH_PAGES.c.item_id, _IS_RIGHT)
    .select_from(
        SEARCH_PAGES.outerjoin(
            ITEMS,
            (ITEMS.c.id == SEARCH_PAGES.c.item_id)
            & (ITEMS.c.status == ItemStatus.DONE.value)
            & ITEMS.c.is_indexed.is_not(None),
        )
    )
    .order_by(SEARCH_PAGES.c.number)
)


class SqlSearchIndex(SearchIndex):
    """The search index of a :class:`Database`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, owner: str, query: SearchQuery, before: int | None, limit: int) -> Matches:
        """Return matching pages of the owner, by number, highest first.

        Each page costs some reads at random places of the disk, and most pages that have all terms are hits. So no more
        of them than may be returned are looked at first.
        """
        wanted = Wanted(owner_term(owner), whole_terms(query), beginnings(query))
        found: list[int] = []
        looked, before = 0, _END if before is None else before
        together = min(limit + 1, _TOGETHER)
        with self._database.reading() as connection:
            while len(found) <= limit and looked < _MOST:
                numbers = text_index_of(connection).find(connection, wanted, before, together)
                rows = connection.execute(_TERMS, {"numbers": numbers, "asker": owner}) if numbers else ()
                found += [row.number for row in rows if has_phrases(query, row.terms)]
                if len(numbers) < together:
                    before = None
                    break
                looked, before, together = looked + len(numbers), numbers[-1], _TOGETHER
            if len(found) > limit:
                found, before = found[:limit], found[limit - 1]
            return Matches(_matches(connection, owner, found), before)

    def remove(self, job_id: UUID, limit: int) -> int:
        """Delete up to ``limit`` rows of a job; return how many."""
        of_job = sa.select(SEARCH_PAGES.c.number, SEARCH_PAGES.c.terms).where(SEARCH_PAGES.c.job_id == job_id)
        return self._remove(of_job.order_by(SEARCH_PAGES.c.number).limit(limit))

    def rows(self, after: int | None, limit: int) -> Sequence[IndexRow]:
        """Return rows with numbers above ``after``, by number."""
        wanted = _ROWS.limit(limit) if after is None else _ROWS.where(SEARCH_PAGES.c.number > after).limit(limit)
        with self._database.reading() as connection:
            rows = connection.execute(wanted)
            return [IndexRow(row.number, row.job_id, row.item_id, bool(row.is_right)) for row in rows]

    def missing(self, item_ids: Sequence[UUID]) -> AbstractSet[UUID]:
        """Return those of these items that have no row."""
        wanted = sa.select(SEARCH_PAGES.c.item_id).where(SEARCH_PAGES.c.item_id.in_(item_ids))
        with self._database.reading() as connection:
            return set(item_ids) - set(connection.execute(wanted).scalars()) if item_ids else set()

    def unlike(self, pages: Sequence[SearchPage]) -> AbstractSet[UUID]:
        """Return the items of those of these pages that have a row with other terms, or are not found by all."""
        terms = {page.item_id: page.terms for page in pages}
        wanted: sa.Select[Any] = sa.select(SEARCH_PAGES.c.item_id, SEARCH_PAGES.c.number, SEARCH_PAGES.c.terms)
        with self._database.reading() as connection:
            index = text_index_of(connection)
            return {
                row.item_id
                for row in connection.execute(wanted.where(SEARCH_PAGES.c.item_id.in_(terms))).all()
                if row.terms != terms[row.item_id] or not index.has_all(connection, row)
            }

    def discard(self, numbers: Sequence[int]) -> int:
        """Delete those of these rows that are not right; return how many."""
        wrong = _ROWS.add_columns(SEARCH_PAGES.c.terms).where(SEARCH_PAGES.c.number.in_(numbers), ITEMS.c.id.is_(None))
        return self._remove(wrong) if numbers else 0

    def backlog(self, limit: int) -> int:
        """Return how many DONE items wait to be indexed."""
        waiting = sa.select(ITEMS.c.id).where(ITEMS.c.status == ItemStatus.DONE.value, ITEMS.c.is_indexed.is_(None))
        with self._database.reading() as connection:
            return connection.execute(
                sa.select(sa.func.count()).select_from(waiting.limit(limit).subquery())
            ).scalar_one()

    def _remove(self, wanted: sa.Select[Any]) -> int:
        def remove(connection: sa.Connection) -> int:
            rows = connection.execute(wanted).all()
            remove_pages(connection, rows)
            return len(rows)

        return self._database.write(remove)


def _matches(connection: sa.Connection, owner: str, numbers: Sequence[int]) -> Sequence[Match]:
    if not numbers:
        return []
    jobs, items = len(JOBS.c), len(ITEMS.c)
    return [
        Match(
            row[-1],
            job_of(dict(zip(JOBS.c.keys(), row[:jobs], strict=True))),
            item_of(dict(zip(ITEMS.c.keys(), row[jobs : jobs + items], strict=True))),
        )
        for row in connection.execute(_FOUND, {"numbers": numbers, "asker": owner})
    ]
