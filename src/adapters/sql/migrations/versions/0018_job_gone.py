"""The idempotency key of a deleted job, so that a repeat of its submission makes no second job."""

from typing import Final

import sqlalchemy as sa

from adapters.sql.dialects import token
from adapters.sql.migrations.steps import add_column, create_index, drop_column, drop_index

revision: Final = "0018"
down_revision: Final = "0017"
branch_labels: Final = None
depends_on: Final = None

_INDEX: Final = "ix_deleted_jobs_key"


def upgrade() -> None:
    """Add the columns, and an index for a look at a key. Jobs that are deleted already left none."""
    add_column("deleted_jobs", sa.Column("idempotency_key", token(255)))
    add_column("deleted_jobs", sa.Column("body_hash", token(64)))
    create_index(_INDEX, "deleted_jobs", ["owner", "idempotency_key"])


def downgrade() -> None:
    """Drop them."""
    drop_index(_INDEX, "deleted_jobs")
    drop_column("deleted_jobs", "body_hash")
    drop_column("deleted_jobs", "idempotency_key")
