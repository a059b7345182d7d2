"""All differences between databases: types, connections, locks, and the meaning of errors.

No other module of this package names a database.
"""

import sqlalchemy as sa

from adapters.sql.dialects.dialect import WRITES, Dialect
from adapters.sql.dialects.inserting import without_conflicts
from adapters.sql.dialects.mysql_text_index import MysqlTextIndex
from adapters.sql.dialects.sqlite import SqliteDialect, file_url
from adapters.sql.dialects.sqlite_text_index import CREATE, DROP, TEXT_INDEX, SqliteTextIndex
from adapters.sql.dialects.text_index import TextIndex, Wanted
from adapters.sql.dialects.types import NUMBERED_TABLE, TABLE, Id, Instant, Line, Term, long_text, number, real, token
from adapters.sql.errors import UnusableUrl

__all__ = [
    "NUMBERED_TABLE",
    "TABLE",
    "TEXT_INDEX",
    "WRITES",
    "Dialect",
    "Id",
    "Instant",
    "Line",
    "Term",
    "TextIndex",
    "Wanted",
    "create_text_index",
    "dialect_of",
    "drop_text_index",
    "file_url",
    "long_text",
    "number",
    "real",
    "text_index_of",
    "token",
    "without_conflicts",
]


def text_index_of(connection: sa.Connection) -> TextIndex:
    """Return the text index of the database of a connection."""
    return SqliteTextIndex() if connection.dialect.name == "sqlite" else MysqlTextIndex()


def create_text_index(connection: sa.Connection) -> None:
    """Create what the text index needs beside its tables; do nothing if it is there."""
    for statement in CREATE if connection.dialect.name == "sqlite" else ():
        connection.exec_driver_sql(statement)


def drop_text_index(connection: sa.Connection) -> None:
    """Drop it."""
    for statement in DROP if connection.dialect.name == "sqlite" else ():
        connection.exec_driver_sql(statement)


def dialect_of(url: str) -> Dialect:
    """Return the dialect of the database at the URL. Raises :class:`adapters.sql.errors.UnusableUrl`."""
    match sa.make_url(url).get_backend_name():
        case "sqlite":
            return SqliteDialect()
        case "mysql" | "mariadb":
            from adapters.sql.dialects.mysql import MysqlDialect  # noqa: PLC0415 - imports the driver only if it is used

            return MysqlDialect()
        case _:
            msg = "there is no adapter for that kind of database; there are mysql and sqlite"
            raise UnusableUrl(msg)
