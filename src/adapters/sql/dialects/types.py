"""Column types and table options."""

from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import mysql
from sqlalchemy.engine import Dialect

_MYSQL: Final = ("mysql", "mariadb")

#: Options of every table.
TABLE: Final[dict[str, Any]] = {
    f"{name}_{option}": value
    for name in _MYSQL
    for option, value in (("engine", "InnoDB"), ("charset", "utf8mb4"), ("collate", "utf8mb4_bin"))
}
#: Options of a table whose generated ids are never reused.
NUMBERED_TABLE: Final[dict[str, Any]] = TABLE | {"sqlite_autoincrement": True}


class Instant(sa.TypeDecorator[datetime]):
    """An instant with microseconds: aware and UTC in Python, naive UTC in the database."""

    impl = sa.DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> sa.types.TypeEngine[Any]:
        """Use microseconds, also where they are not the default."""
        kind = mysql.DATETIME(fsp=6) if dialect.name in _MYSQL else sa.DateTime()
        return dialect.type_descriptor(kind)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - the type's interface
        """Convert to naive UTC."""
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - the type's interface
        """Mark the value as UTC."""
        return None if value is None else value.replace(tzinfo=UTC)


class Line(sa.TypeDecorator[str]):
    """A text of one line in any language, compared exactly: case, accents and trailing blanks count."""

    impl = sa.String
    cache_ok = True

    def __init__(self, length: int) -> None:
        super().__init__(length)
        self._length = length

    def load_dialect_impl(self, dialect: Dialect) -> sa.types.TypeEngine[Any]:
        """Use a collation without padding. The one that both servers share ignores trailing blanks."""
        if dialect.name not in _MYSQL:
            return dialect.type_descriptor(sa.String(self._length))
        collation = "utf8mb4_nopad_bin" if getattr(dialect, "is_mariadb", False) else "utf8mb4_0900_bin"
        return dialect.type_descriptor(mysql.VARCHAR(self._length, charset="utf8mb4", collation=collation))


class Id(sa.TypeDecorator[UUID]):
    """A UUID as its 36 characters, which sort and read the same everywhere."""

    impl = sa.CHAR(36)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> sa.types.TypeEngine[Any]:
        """Use one byte per character."""
        ascii_only = mysql.CHAR(36, charset="ascii", collation="ascii_bin")
        return dialect.type_descriptor(ascii_only if dialect.name in _MYSQL else sa.CHAR(36))

    def process_bind_param(self, value: UUID | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - the type's interface
        """Format with hyphens, in lower case."""
        return None if value is None else str(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> UUID | None:  # noqa: ARG002 - the type's interface
        """Parse the UUID."""
        return None if value is None else UUID(value)


class Term(sa.TypeDecorator[str]):
    """A term of a search as its bytes in UTF-8, at most ``length`` of them; compared and sorted by code points."""

    impl = sa.LargeBinary
    cache_ok = True

    def __init__(self, length: int) -> None:
        super().__init__(length)
        self._length = length

    def load_dialect_impl(self, dialect: Dialect) -> sa.types.TypeEngine[Any]:
        """Use a type that a key can have."""
        kind = mysql.VARBINARY(self._length) if dialect.name in _MYSQL else sa.LargeBinary(self._length)
        return dialect.type_descriptor(kind)

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:  # noqa: ARG002 - the type's interface
        """Encode."""
        return None if value is None else value.encode()

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - the type's interface
        """Decode."""
        return None if value is None else value.decode()


def token(length: int) -> sa.String:
    """Return the type of an identifier of this program: a status, a code, an engine."""
    return sa.String(length).with_variant(mysql.VARCHAR(length, charset="ascii", collation="ascii_bin"), *_MYSQL)


def number() -> sa.BigInteger:
    """Return the type of a generated id."""
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def long_text() -> sa.Text:
    """Return the type of a text of up to 16 MiB."""
    return sa.Text().with_variant(mysql.MEDIUMTEXT(charset="utf8mb4", collation="utf8mb4_bin"), *_MYSQL)


def real() -> sa.Float[float]:
    """Return the type of a number that is stored without loss."""
    return sa.Double()
