"""The list of pages by confidence: read from an index of owner, status, mark, confidence and id, in its order.

Pages without a confidence sort first in an index and come last in the list, so they are a second query. Pages that were
looked at and those that were not are two parts of the index, too; the list of both merges them.
"""

from collections.abc import Iterator, Sequence
from heapq import merge
from itertools import islice
from typing import Any, Final

import sqlalchemy as sa

from adapters.sql.rows import item_of
from adapters.sql.tables import ITEMS
from ocrcore.domain.item import Item
from ocrcore.domain.lifecycle import ItemStatus
from ocrcore.ports.jobs import ReviewCursor

#: The owner's column is a copy, and items are of submitted jobs only, so the jobs need not be read.
_OWN: Final = (ITEMS.c.owner == sa.bindparam("asker"), ITEMS.c.status == ItemStatus.DONE.value)
_MOST: Final = sa.bindparam("most", type_=sa.Integer)
_DONE: Final = sa.select(ITEMS).where(*_OWN).limit(_MOST)
_UNREVIEWED: Final = ITEMS.c.is_reviewed.is_(None)
_COUNT: Final = sa.select(sa.func.count()).select_from(
    sa.select(sa.literal(1)).select_from(ITEMS).where(*_OWN, _UNREVIEWED).limit(_MOST).subquery()
)


def least_sure(
    connection: sa.Connection, owner: str, after: ReviewCursor | None, limit: int, *, reviewed: bool | None
) -> Sequence[Item]:
    """Return the owner's DONE items after the cursor, those without a confidence last."""
    marks = (False, True) if reviewed is None else (reviewed,)
    parts = [_part(connection, owner, after, limit, reviewed=mark) for mark in marks]
    return list(islice(merge(*parts, key=lambda item: (item.confidence is None, item.confidence or 0, item.id)), limit))


def count_unreviewed(connection: sa.Connection, owner: str, most: int) -> int:
    """Return how many of the owner's DONE items nobody has looked at; ``most`` if there are more."""
    return connection.execute(_COUNT, {"asker": owner, "most": most}).scalar_one()


def _part(
    connection: sa.Connection, owner: str, after: ReviewCursor | None, limit: int, *, reviewed: bool
) -> Iterator[Item]:
    """Yield up to ``limit`` items that were looked at, or that were not."""
    query = _DONE.where(ITEMS.c.is_reviewed.is_(sa.true()) if reviewed else _UNREVIEWED)
    left = limit
    if after is None or after.confidence is not None:
        sure = query.where(ITEMS.c.confidence.is_not(None), *_beyond(after)).order_by(ITEMS.c.confidence, ITEMS.c.id)
        for row in _rows(connection, sure, owner, left):
            left -= 1
            yield item_of(row)
    if left > 0:
        unknown = query.where(ITEMS.c.confidence.is_(None)).order_by(ITEMS.c.id)
        if after is not None and after.confidence is None:
            unknown = unknown.where(ITEMS.c.id > after.id)
        yield from map(item_of, _rows(connection, unknown, owner, left))


def _beyond(after: ReviewCursor | None) -> Sequence[sa.ColumnElement[bool]]:
    if after is None:
        return ()
    confidence = ITEMS.c.confidence
    # the first is implied by the second, but lets an index scan start there
    return confidence >= after.confidence, (confidence > after.confidence) | (ITEMS.c.id > after.id)


def _rows(connection: sa.Connection, query: sa.Select[Any], owner: str, most: int) -> Sequence[sa.RowMapping]:
    return connection.execute(query, {"asker": owner, "most": most}).mappings().all()
