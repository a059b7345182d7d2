"""The id of the request that submitted a job."""

from typing import Final

import sqlalchemy as sa

from adapters.sql.dialects import token
from adapters.sql.migrations.steps import add_column, drop_column

revision: Final = "0005"
down_revision: Final = "0004"
branch_labels: Final = None
depends_on: Final = None


def upgrade() -> None:
    """Add the request id."""
    add_column("jobs", sa.Column("trace", token(64)))


def downgrade() -> None:
    """Drop it."""
    drop_column("jobs", "trace")
