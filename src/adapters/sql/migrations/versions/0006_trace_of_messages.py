"""The id of the request that a message was sent for."""

from typing import Final

import sqlalchemy as sa

from adapters.sql.dialects import token
from adapters.sql.migrations.steps import add_column, drop_column

revision: Final = "0006"
down_revision: Final = "0005"
branch_labels: Final = None
depends_on: Final = None


def upgrade() -> None:
    """Add it to the outbox and to the messages of the embedded queue."""
    add_column("outbox", sa.Column("trace", token(64)))
    add_column("queue_messages", sa.Column("trace", token(64)))


def downgrade() -> None:
    """Drop it."""
    drop_column("queue_messages", "trace")
    drop_column("outbox", "trace")
