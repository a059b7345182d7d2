"""Jobs remember the idempotency key that they were submitted under."""

from typing import Final

import sqlalchemy as sa
from alembic import op

from adapters.sql.dialects import token

revision: Final = "0002"
down_revision: Final = "0001"
branch_labels: Final = None
depends_on: Final = None


def upgrade() -> None:
    """Add the key and the hash of the body; a key is unique to an owner."""
    op.add_column("jobs", sa.Column("idempotency_key", token(255)))
    op.add_column("jobs", sa.Column("body_hash", token(64)))
    op.create_index("uq_jobs_owner_idempotency_key", "jobs", ["owner", "idempotency_key"], unique=True)


def downgrade() -> None:
    """Forget them."""
    op.drop_index("uq_jobs_owner_idempotency_key", "jobs")
    op.drop_column("jobs", "body_hash")
    op.drop_column("jobs", "idempotency_key")
