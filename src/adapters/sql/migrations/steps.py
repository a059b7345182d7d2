"""Idempotent schema changes: each does nothing if it is already done.

Some databases cannot roll back schema changes with the transaction, so an interrupted migration has made some of its
changes without being recorded. It runs again from the first step that was not recorded, and makes the missing changes.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.sql.schema import SchemaItem

from adapters.sql.dialects import long_text


def create_table(name: str, *parts: SchemaItem, **options: Any) -> None:  # noqa: ANN401 - options of any dialect
    """Create a table with its columns and constraints."""
    if not _inspector().has_table(name):
        op.create_table(name, *parts, **options)


def drop_table(name: str) -> None:
    """Drop a table with everything that belongs to it."""
    if _inspector().has_table(name):
        op.drop_table(name)


def add_column(table: str, column: sa.Column[Any]) -> None:
    """Add a column."""
    if column.name not in _columns(table):
        op.add_column(table, column)


def drop_column(table: str, name: str) -> None:
    """Drop a column."""
    if name in _columns(table):
        op.drop_column(table, name)


def widen_text(table: str, name: str) -> None:
    """Give a nullable column of texts room for long ones, where the database has a type of its own for them."""
    found = {column["name"]: column["type"] for column in _inspector().get_columns(table)}
    if _kind(found[name]) != _kind(long_text()):
        op.alter_column(table, name, type_=long_text(), existing_nullable=True)


def create_index(name: str, table: str, columns: list[str], *, unique: bool = False) -> None:
    """Create an index."""
    if name not in _indexes(table):
        op.create_index(name, table, columns, unique=unique)


def drop_index(name: str, table: str) -> None:
    """Drop an index."""
    if name in _indexes(table):
        op.drop_index(name, table)


def _inspector() -> sa.Inspector:
    """Return a new inspector, because an older one caches what it has seen."""
    return sa.inspect(op.get_bind())


def _columns(table: str) -> set[str]:
    return {column["name"] for column in _inspector().get_columns(table)}


def _indexes(table: str) -> set[str | None]:
    return {index["name"] for index in _inspector().get_indexes(table)}


def _kind(column_type: sa.types.TypeEngine[Any]) -> str:
    """Return the name of a type in this database, without character set and collation."""
    return column_type.compile(op.get_bind().dialect).split()[0]
