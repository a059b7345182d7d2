"""How a page was turned to be read, and how its lines are inclined."""

from typing import Final

import sqlalchemy as sa

from adapters.sql.dialects import real
from adapters.sql.migrations.steps import add_column, drop_column

revision: Final = "0012"
down_revision: Final = "0011"
branch_labels: Final = None
depends_on: Final = None


def upgrade() -> None:
    """Add the columns."""
    add_column("job_items", sa.Column("rotation", sa.SmallInteger))
    add_column("job_items", sa.Column("skew", real()))


def downgrade() -> None:
    """Drop them."""
    drop_column("job_items", "skew")
    drop_column("job_items", "rotation")
