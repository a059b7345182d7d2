"""Which entries of owners' histories are in the log outside the database."""

from typing import Final

import sqlalchemy as sa

from adapters.sql.dialects import Instant
from adapters.sql.migrations.steps import add_column, create_index, drop_column, drop_index

revision: Final = "0024"
down_revision: Final = "0023"
branch_labels: Final = None
depends_on: Final = None

_INDEX: Final = "ix_key_entries_logged_at_at"


def upgrade() -> None:
    """Add the column, and an index for those that are not."""
    add_column("key_entries", sa.Column("logged_at", Instant))
    create_index(_INDEX, "key_entries", ["logged_at", "at"])


def downgrade() -> None:
    """Drop both."""
    drop_index(_INDEX, "key_entries")
    drop_column("key_entries", "logged_at")
