"""The warnings of a recognised page."""

from typing import Final

import sqlalchemy as sa

from adapters.sql.dialects import token
from adapters.sql.migrations.steps import add_column, drop_column

revision: Final = "0009"
down_revision: Final = "0008"
branch_labels: Final = None
depends_on: Final = None


def upgrade() -> None:
    """Add the column."""
    add_column("job_items", sa.Column("warnings", token(255)))


def downgrade() -> None:
    """Drop it."""
    drop_column("job_items", "warnings")
