"""The changes that a step of a migration is made of, each of which does nothing where it is done already.

Not every database undoes a change of its schema with the transaction, so a migration that was interrupted has done
some of its changes and not noted it. It is run again from the step that was not noted, and makes what is missing.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.sql.schema import SchemaItem


def create_table(name: str, *parts: SchemaItem, **options: Any) -> None:  # noqa: ANN401 - as many as there are dialects
    """Create a table, columns and constraints at once."""
    if not _look().has_table(name):
        op.create_table(name, *parts, **options)


def drop_table(name: str) -> None:
    """Drop a table and all that belongs to it."""
    if _look().has_table(name):
        op.drop_table(name)


def add_column(table: str, column: sa.Column[Any]) -> None:
    """Add a column."""
    if column.name not in _columns(table):
        op.add_column(table, column)


def drop_column(table: str, name: str) -> None:
    """Drop a column."""
    if name in _columns(table):
        op.drop_column(table, name)


def create_index(name: str, table: str, columns: list[str], *, unique: bool = False) -> None:
    """Create an index."""
    if name not in _indexes(table):
        op.create_index(name, table, columns, unique=unique)


def drop_index(name: str, table: str) -> None:
    """Drop an index."""
    if name in _indexes(table):
        op.drop_index(name, table)


def _look() -> sa.Inspector:
    """Return an inspector that remembers nothing from before."""
    return sa.inspect(op.get_bind())


def _columns(table: str) -> set[str]:
    return {column["name"] for column in _look().get_columns(table)}


def _indexes(table: str) -> set[str | None]:
    return {index["name"] for index in _look().get_indexes(table)}
