"""Indexes for lists by name prefix and for counts."""

from typing import Final

from adapters.sql.migrations.steps import create_index, drop_index

revision: Final = "0007"
down_revision: Final = "0006"
branch_labels: Final = None
depends_on: Final = None


def upgrade() -> None:
    """Add the two indexes."""
    create_index("ix_jobs_owner_name", "jobs", ["owner", "name", "created_at", "status", "submitted_at", "id"])
    create_index("ix_jobs_totals", "jobs", ["status", "submitted_at", "pending", "processing", "done", "error"])


def downgrade() -> None:
    """Drop them."""
    drop_index("ix_jobs_totals", "jobs")
    drop_index("ix_jobs_owner_name", "jobs")
