"""The bytes of a job's files."""

from typing import Final

import sqlalchemy as sa

from adapters.sql.migrations.steps import add_column, create_index, drop_column, drop_index

revision: Final = "0020"
down_revision: Final = "0019"
branch_labels: Final = None
depends_on: Final = None

_INDEX: Final = "ix_jobs_owner_stored_bytes"


def upgrade() -> None:
    """Add the column, and an index for the sum of an owner. Jobs that are there count as having none."""
    add_column("jobs", sa.Column("stored_bytes", sa.BigInteger))
    create_index(_INDEX, "jobs", ["owner", "stored_bytes"])


def downgrade() -> None:
    """Drop both."""
    drop_index(_INDEX, "jobs")
    drop_column("jobs", "stored_bytes")
