"""Worker reports, and the failure that delays the next attempt of an item."""

from typing import Final

import sqlalchemy as sa

from adapters.sql.dialects import TABLE, Id, Instant, Line, real, token
from adapters.sql.migrations.steps import add_column, create_index, create_table, drop_column, drop_table

revision: Final = "0003"
down_revision: Final = "0002"
branch_labels: Final = None
depends_on: Final = None


def upgrade() -> None:
    """Add the table of reports and the column for the last failure."""
    create_table(
        "workers",
        sa.Column("id", Id, nullable=False),
        sa.Column("kind", token(20), nullable=False),
        sa.Column("host", Line(255), nullable=False),
        sa.Column("slots", sa.Integer, nullable=False),
        sa.Column("engine", Line(100), nullable=False),
        sa.Column("seconds_per_page", real()),
        sa.Column("seen_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_workers"),
        **TABLE,
    )
    create_index("ix_workers_seen_at", "workers", ["seen_at"])
    add_column("job_items", sa.Column("last_fault", token(40)))


def downgrade() -> None:
    """Drop both."""
    drop_column("job_items", "last_fault")
    drop_table("workers")
