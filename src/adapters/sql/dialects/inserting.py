"""Inserts that leave out rows whose key is taken."""

import sqlalchemy as sa


def without_conflicts(insert: sa.Insert) -> sa.Insert:
    """Return an insert that leaves out a row if a row with one of its unique keys exists, instead of failing."""
    return (
        insert.prefix_with("OR IGNORE", dialect="sqlite")
        .prefix_with("IGNORE", dialect="mysql")
        .prefix_with("IGNORE", dialect="mariadb")
    )
