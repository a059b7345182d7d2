"""Requests of owners in the latest minute."""

from typing import Final

import sqlalchemy as sa

from adapters.sql.dialects import TABLE, Instant, Line
from adapters.sql.migrations.steps import create_index, create_table, drop_table

revision: Final = "0019"
down_revision: Final = "0018"
branch_labels: Final = None
depends_on: Final = None


def upgrade() -> None:
    """Add a table. Processes of earlier releases do not count requests."""
    create_table(
        "rate_windows",
        sa.Column("owner", Line(255), nullable=False),
        sa.Column("begins_at", Instant, nullable=False),
        sa.Column("used", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("owner", name="pk_rate_windows"),
        **TABLE,
    )
    create_index("ix_rate_windows_begins_at", "rate_windows", ["begins_at"])


def downgrade() -> None:
    """Drop it."""
    drop_table("rate_windows")
