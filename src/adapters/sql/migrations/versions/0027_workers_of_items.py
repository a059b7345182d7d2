"""Which worker claimed an item last."""

from typing import Final

import sqlalchemy as sa

from adapters.sql.dialects import Id
from adapters.sql.migrations.steps import add_column, drop_column

revision: Final = "0027"
down_revision: Final = "0026"
branch_labels: Final = None
depends_on: Final = None


def upgrade() -> None:
    """Add the column."""
    add_column("job_items", sa.Column("worker_id", Id))


def downgrade() -> None:
    """Drop it."""
    drop_column("job_items", "worker_id")
