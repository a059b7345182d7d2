"""Room for the warnings of a job of many files."""

from typing import Final

from adapters.sql.migrations.steps import widen_text

revision: Final = "0025"
down_revision: Final = "0024"
branch_labels: Final = None
depends_on: Final = None


def upgrade() -> None:
    """Widen the column, where a database bounds it; the rows stay as they are."""
    widen_text("jobs", "warnings")


def downgrade() -> None:
    """Leave it wide: earlier releases use it as it is, and what it holds may not fit any more."""
