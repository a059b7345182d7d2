"""Until when finished jobs are kept."""

from typing import Final

import sqlalchemy as sa

from adapters.sql.dialects import Instant
from adapters.sql.migrations.steps import add_column, create_index, drop_column, drop_index

revision: Final = "0016"
down_revision: Final = "0015"
branch_labels: Final = None
depends_on: Final = None

_INDEX: Final = "ix_jobs_keep_until"


def upgrade() -> None:
    """Add the column, and an index for what is due. Jobs that are there are kept until somebody deletes them."""
    add_column("jobs", sa.Column("keep_until", Instant))
    create_index(_INDEX, "jobs", ["keep_until"])


def downgrade() -> None:
    """Drop both."""
    drop_index(_INDEX, "jobs")
    drop_column("jobs", "keep_until")
