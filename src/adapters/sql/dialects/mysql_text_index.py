"""The text index of MySQL and MariaDB: a row for each term of each page, in the order in which searches want them.

A search reads the pages of its rarest term from the highest number on, looks the other terms up for each, and stops
when it has enough.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import sqlalchemy as sa
from more_itertools import chunked

from adapters.sql.dialects.inserting import without_conflicts
from adapters.sql.dialects.text_index import TextIndex, Wanted
from adapters.sql.dialects.types import Term, token

_TERMS: Final = sa.table(
    "search_terms",
    sa.column("owner", token(20)),
    sa.column("term", Term(256)),
    sa.column("number", sa.BigInteger),
)
#: Most rows that are counted to find the rarest term.
_COUNTED: Final = 1000
#: Most terms that are read for a beginning. One that has more is left to the caller, as it rules few pages out.
_MOST_TERMS: Final = 100
#: Rows that are read at a time to find them.
_READ: Final = 100
#: Terms in one delete.
_DELETED: Final = 200
_AFTER_ALL: Final = "\U0010ffff"

_ADD: Final = without_conflicts(sa.insert(_TERMS))


class MysqlTextIndex(TextIndex):
    """A table of terms."""

    def add(self, connection: sa.Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert a row for each term, the owner's among them, in the order of the key."""
        terms = sorted((owner, term, row["number"]) for row in rows for owner, term in _terms(row["terms"]))
        if terms:
            keys = [{"owner": owner, "term": term, "number": number} for owner, term, number in terms]
            connection.execute(_ADD, keys)

    def remove(self, connection: sa.Connection, rows: Sequence[sa.Row[Any]]) -> None:
        """Delete the rows of the pages' terms, by their keys."""
        for row in rows:
            owner = row.terms.partition(" ")[0]
            for terms in chunked(sorted({term for _, term in _terms(row.terms)}), _DELETED):
                connection.execute(
                    sa.delete(_TERMS).where(
                        _TERMS.c.owner == _key(owner), _TERMS.c.term.in_(terms), _TERMS.c.number == row.number
                    )
                )

    def has_all(self, connection: sa.Connection, row: sa.Row[Any]) -> bool:
        """Return whether there is a row for each term of a page."""
        owner = _key(row.terms.partition(" ")[0])
        return all(
            connection.execute(
                sa.select(sa.func.count()).where(
                    _TERMS.c.owner == owner, _TERMS.c.term.in_(terms), _TERMS.c.number == row.number
                )
            ).scalar_one()
            == len(terms)
            for terms in chunked(sorted({term for _, term in _terms(row.terms)}), _DELETED)
        )

    def restore(self, connection: sa.Connection, row: sa.Row[Any]) -> None:
        """Insert the rows that are missing."""
        self.add(connection, [{"number": row.number, "terms": row.terms}])

    def find(self, connection: sa.Connection, wanted: Wanted, before: int, limit: int) -> Sequence[int]:
        """Return numbers below ``before``, highest first."""
        owner = _key(wanted.owner)
        lists = [[term] for term in sorted(wanted.whole)]
        for beginning in sorted(wanted.beginnings):
            terms = _terms_with(connection, owner, beginning)
            if len(terms) <= _MOST_TERMS:
                lists.append(list(terms))
        if len(lists) > 1:
            lists.sort(key=lambda terms: _count(connection, owner, terms))
        rarest, *others = lists or [[wanted.owner]]
        if not rarest:
            return []
        whole = [terms[0] for terms in others if len(terms) == 1]
        parts = sa.union(*(sa.select(_pages(owner, term, whole, before, limit)) for term in rarest)).subquery()
        numbers = sa.select(parts.c.number).order_by(parts.c.number.desc()).limit(limit)
        return connection.execute(numbers).scalars().all()


def _key(owner_term: str) -> str:
    """Return the owner's term without its mark, which is not ASCII."""
    return owner_term[1:]


def _terms(terms: str) -> set[tuple[str, str]]:
    every = terms.split(" ")
    owner = _key(every[0])
    return {(owner, term) for term in every}


def _terms_with(connection: sa.Connection, owner: str, beginning: str) -> Sequence[str]:
    """Return the terms that have a beginning, as many as matter.

    The server would read all pages of a term before it sees the next one, so it is asked for some rows at a time, and
    then for those of later terms.
    """
    found: list[str] = []
    later = _TERMS.c.term >= beginning
    while len(found) <= _MOST_TERMS:
        rows = (
            sa.select(_TERMS.c.term)
            .where(_TERMS.c.owner == owner, later, _TERMS.c.term < beginning + _AFTER_ALL)
            .order_by(_TERMS.c.term)
            .limit(_READ)
            .subquery()
        )
        terms = connection.execute(sa.select(rows.c.term, sa.func.count()).group_by(rows.c.term)).all()
        found += sorted(term for term, _ in terms)
        if sum(count for _, count in terms) < _READ:
            break
        later = _TERMS.c.term > found[-1]
    return found


def _count(connection: sa.Connection, owner: str, terms: Sequence[str]) -> int:
    rows = sa.select(_TERMS.c.number).where(_TERMS.c.owner == owner, _TERMS.c.term.in_(terms)).limit(_COUNTED)
    return connection.execute(sa.select(sa.func.count()).select_from(rows.subquery())).scalar_one()


def _pages(owner: str, term: str, others: Sequence[str], before: int, limit: int) -> sa.Subquery:
    """Return the pages that have a term and all others; the order of the join is fixed to read no more than needed."""
    first = _TERMS.alias("first_term")
    joined: sa.FromClause = first
    for place, other in enumerate(others):
        also = _TERMS.alias(f"term_{place}")
        joined = joined.join(also, (also.c.owner == owner) & (also.c.term == other) & (also.c.number == first.c.number))
    return (
        sa.select(first.c.number)
        .prefix_with("STRAIGHT_JOIN")
        .select_from(joined)
        .where(first.c.owner == owner, first.c.term == term, first.c.number < before)
        .order_by(first.c.number.desc())
        .limit(limit)
        .subquery()
    )
