"""The idempotency key of a job."""

from typing import Final

import sqlalchemy as sa

from adapters.sql.dialects import token
from adapters.sql.migrations.steps import add_column, create_index, drop_column, drop_index

revision: Final = "0002"
down_revision: Final = "0001"
branch_labels: Final = None
depends_on: Final = None


def upgrade() -> None:
    """Add the key and the hash of the body. A key is unique per owner."""
    add_column("jobs", sa.Column("idempotency_key", token(255)))
    add_column("jobs", sa.Column("body_hash", token(64)))
    create_index("uq_jobs_owner_idempotency_key", "jobs", ["owner", "idempotency_key"], unique=True)


def downgrade() -> None:
    """Drop both columns and the index."""
    drop_index("uq_jobs_owner_idempotency_key", "jobs")
    drop_column("jobs", "body_hash")
    drop_column("jobs", "idempotency_key")
