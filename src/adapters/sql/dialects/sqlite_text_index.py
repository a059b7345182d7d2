"""The text index of SQLite: FTS5, which triggers keep equal to the rows of ``search_pages``.

It holds which pages have a term, not where, and no text. Its own tokenizer only splits the terms at blanks. Beginnings
of up to three letters are terms of their own, because short ones would have to be collected from very many terms.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import sqlalchemy as sa
from more_itertools import chunked

from adapters.sql.dialects.text_index import TextIndex, Wanted

#: Its name, with which the names of all its tables begin.
TEXT_INDEX: Final = "search_index"
_TABLE: Final = (
    f"CREATE VIRTUAL TABLE IF NOT EXISTS {TEXT_INDEX}"
    " USING fts5(terms, content='', detail=none, prefix='1 2 3', tokenize='ascii')"
)
_ADDED: Final = (
    "CREATE TRIGGER IF NOT EXISTS search_pages_added AFTER INSERT ON search_pages BEGIN"
    " INSERT INTO search_index (rowid, terms) VALUES (new.number, new.terms); END"
)
_REMOVED: Final = (
    "CREATE TRIGGER IF NOT EXISTS search_pages_removed AFTER DELETE ON search_pages BEGIN"
    " INSERT INTO search_index (search_index, rowid, terms) VALUES ('delete', old.number, old.terms); END"
)
#: The statements that create it beside the table ``search_pages``, and those that drop it.
CREATE: Final = (_TABLE, _ADDED, _REMOVED)
DROP: Final = ("DROP TABLE IF EXISTS search_index",)
_FIND: Final = sa.text(
    "SELECT rowid FROM search_index WHERE search_index MATCH :wanted AND rowid < :before"
    " ORDER BY rowid DESC LIMIT :most"
)
_HAS: Final = sa.text("SELECT 1 FROM search_index WHERE search_index MATCH :wanted AND rowid = :number")
_ADD: Final = sa.text("INSERT INTO search_index (rowid, terms) VALUES (:number, :terms)")
#: Terms that are looked for at once; the depth of an expression is limited.
_AT_ONCE: Final = 100


class SqliteTextIndex(TextIndex):
    """FTS5."""

    def add(self, connection: sa.Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Do nothing: a trigger did."""

    def remove(self, connection: sa.Connection, rows: Sequence[sa.Row[Any]]) -> None:
        """Do nothing: a trigger does."""

    def has_all(self, connection: sa.Connection, row: sa.Row[Any]) -> bool:
        """Return whether a page is found by each of its terms."""
        return all(
            connection.execute(
                _HAS, {"wanted": " AND ".join(f'"{term}"' for term in terms), "number": row.number}
            ).first()
            for terms in chunked(sorted(set(row.terms.split(" "))), _AT_ONCE)
        )

    def restore(self, connection: sa.Connection, row: sa.Row[Any]) -> None:
        """Add a page again: a number that a term has already is not doubled."""
        connection.execute(_ADD, {"number": row.number, "terms": row.terms})

    def find(self, connection: sa.Connection, wanted: Wanted, before: int, limit: int) -> Sequence[int]:
        """Return numbers below ``before``, highest first."""
        words = [f'"{term}"' for term in (*sorted(wanted.whole), wanted.owner)]
        words += [f'"{beginning}" *' for beginning in sorted(wanted.beginnings)]
        where = {"wanted": " AND ".join(words), "before": before, "most": limit}
        return connection.execute(_FIND, where).scalars().all()
