"""Rows of the search index: added in a job's transaction, removed with their terms."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import sqlalchemy as sa

from adapters.sql.dialects import text_index_of, without_conflicts
from adapters.sql.rows import page_row
from adapters.sql.tables import SEARCH_PAGES
from ocrcore.domain.search_page import SearchPage

#: Rows whose number or item is in the table already are left out.
_ADD: Final = without_conflicts(sa.insert(SEARCH_PAGES))


def add_pages(connection: sa.Connection, pages: Sequence[SearchPage]) -> None:
    """Add pages that the index lacks, each under its number or the next one that is free."""
    rows = [page_row(page) for page in pages]
    while rows:
        count = connection.execute(_ADD, rows, execution_options={"preserve_rowcount": True}).rowcount
        added = rows if count == len(rows) else _present(connection, rows)
        text_index_of(connection).add(connection, [row for row in rows if row in added])
        left = [row for row in rows if row not in added]
        rows = [row | {"number": row["number"] + 1} for row in left if not _has_item(connection, row)]


def replace_page(connection: sa.Connection, page: SearchPage) -> None:
    """Give a page other terms under the number that it has; add it, or terms of it, if the index lacks them."""
    same = SEARCH_PAGES.c.item_id == page.item_id
    known: sa.Select[Any] = sa.select(SEARCH_PAGES.c.number, SEARCH_PAGES.c.terms).where(same)
    rows = connection.execute(known).all()
    if rows and rows[0].terms == page.terms:
        text_index_of(connection).restore(connection, rows[0])
        return
    remove_pages(connection, rows)
    add_pages(connection, [replace(page, number=rows[0].number) if rows else page])


def remove_pages(connection: sa.Connection, rows: Sequence[sa.Row[Any]]) -> None:
    """Delete rows, which have a number and terms."""
    if rows:
        text_index_of(connection).remove(connection, rows)
        connection.execute(sa.delete(SEARCH_PAGES).where(SEARCH_PAGES.c.number.in_([row.number for row in rows])))


def _present(connection: sa.Connection, rows: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    """Return those of the rows that are in the table."""
    numbers = [row["number"] for row in rows]
    found = connection.execute(
        sa.select(SEARCH_PAGES.c.number, SEARCH_PAGES.c.item_id).where(SEARCH_PAGES.c.number.in_(numbers))
    )
    items = {row.number: row.item_id for row in found}
    return [row for row in rows if items.get(row["number"]) == row["item_id"]]


def _has_item(connection: sa.Connection, row: Mapping[str, Any]) -> bool:
    found = sa.select(SEARCH_PAGES.c.number).where(SEARCH_PAGES.c.item_id == row["item_id"])
    return connection.execute(found).first() is not None
