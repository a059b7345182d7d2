"""Documents of several pages: the warnings of a job's files, the resolution of a page, and which workers read them."""

from typing import Final

import sqlalchemy as sa

from adapters.sql.dialects import long_text, real
from adapters.sql.migrations.steps import add_column, drop_column

revision: Final = "0010"
down_revision: Final = "0009"
branch_labels: Final = None
depends_on: Final = None


def upgrade() -> None:
    """Add the columns."""
    add_column("jobs", sa.Column("warnings", long_text()))
    add_column("job_items", sa.Column("dpi", real()))
    add_column("workers", sa.Column("documents", sa.Boolean))


def downgrade() -> None:
    """Drop them."""
    drop_column("workers", "documents")
    drop_column("job_items", "dpi")
    drop_column("jobs", "warnings")
