"""Uploads by address: what a draft and its job need of them, and until when a deleted one may still get some."""

from typing import Final

import sqlalchemy as sa

from adapters.sql.dialects import Instant, long_text
from adapters.sql.migrations.steps import add_column, create_index, drop_column, drop_index

revision: Final = "0013"
down_revision: Final = "0012"
branch_labels: Final = None
depends_on: Final = None

_INDEX: Final = "ix_jobs_uploads_purge_at"


def upgrade() -> None:
    """Add the columns, and an index for what is due."""
    add_column("jobs", sa.Column("submit_serial", sa.Integer))
    add_column("jobs", sa.Column("uploads_until", Instant))
    add_column("jobs", sa.Column("uploads_purge_at", Instant))
    add_column("jobs", sa.Column("uploads", long_text()))
    add_column("deleted_jobs", sa.Column("uploads_until", Instant))
    create_index(_INDEX, "jobs", ["uploads_purge_at"])


def downgrade() -> None:
    """Drop them."""
    drop_index(_INDEX, "jobs")
    drop_column("deleted_jobs", "uploads_until")
    for name in ("uploads", "uploads_purge_at", "uploads_until", "submit_serial"):
        drop_column("jobs", name)
