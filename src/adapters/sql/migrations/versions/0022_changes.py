"""Indexes by the instant of the latest change, for streams of events, and that instant of each item."""

from typing import Final

import sqlalchemy as sa

from adapters.sql.dialects import Instant
from adapters.sql.migrations.steps import add_column, create_index, drop_column, drop_index

revision: Final = "0022"
down_revision: Final = "0021"
branch_labels: Final = None
depends_on: Final = None

_INDEXES: Final = {
    "ix_job_items_changes": ("job_items", ["job_id", "changed_at"]),
    "ix_jobs_changes": ("jobs", ["owner", "last_event_at", "id", "submitted_at"]),
    "ix_deleted_jobs_changes": ("deleted_jobs", ["owner", "deleted_at", "job_id"]),
}


def upgrade() -> None:
    """Add the column and the indexes. Items that are there count as unchanged."""
    add_column("job_items", sa.Column("changed_at", Instant))
    for name, (table, columns) in _INDEXES.items():
        create_index(name, table, columns)


def downgrade() -> None:
    """Drop them."""
    for name, (table, _) in _INDEXES.items():
        drop_index(name, table)
    drop_column("job_items", "changed_at")
