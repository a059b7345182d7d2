"""Items of files that were refused at the submission, and the reason."""

from typing import Final

import sqlalchemy as sa

from adapters.sql.dialects import token
from adapters.sql.migrations.steps import add_column, drop_column

revision: Final = "0011"
down_revision: Final = "0010"
branch_labels: Final = None
depends_on: Final = None


def upgrade() -> None:
    """Add the column."""
    add_column("job_items", sa.Column("refusal", token(40)))


def downgrade() -> None:
    """Drop it."""
    drop_column("job_items", "refusal")
