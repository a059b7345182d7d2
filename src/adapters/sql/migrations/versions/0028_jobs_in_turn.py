"""The job of each message of the embedded queue, so that the jobs of an owner are served in turn."""

from typing import Final

import sqlalchemy as sa

from adapters.sql.dialects import token
from adapters.sql.migrations.steps import add_column, create_index, drop_column, drop_index

revision: Final = "0028"
down_revision: Final = "0027"
branch_labels: Final = None
depends_on: Final = None

_INDEX: Final = "ix_queue_messages_group_name_subgroup_visible_at"


def upgrade() -> None:
    """Add the column and its index."""
    add_column("queue_messages", sa.Column("subgroup", token(64)))
    create_index(_INDEX, "queue_messages", ["group_name", "subgroup", "visible_at"])


def downgrade() -> None:
    """Drop them."""
    drop_index(_INDEX, "queue_messages")
    drop_column("queue_messages", "subgroup")
