"""All differences between databases: types, connections, locks, and the meaning of errors.

No other module of this package names a database.
"""

import sqlalchemy as sa

from adapters.sql.dialects.dialect import WRITES, Dialect
from adapters.sql.dialects.sqlite import SqliteDialect, file_url
from adapters.sql.dialects.types import NUMBERED_TABLE, TABLE, Id, Instant, Line, long_text, number, real, token
from adapters.sql.errors import UnusableUrl

__all__ = [
    "NUMBERED_TABLE",
    "TABLE",
    "WRITES",
    "Dialect",
    "Id",
    "Instant",
    "Line",
    "dialect_of",
    "file_url",
    "long_text",
    "number",
    "real",
    "token",
]


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
