"""The end that a key had before it was rotated, for the lifetime of another successor."""

from typing import Final

import sqlalchemy as sa

from adapters.sql.dialects import Instant
from adapters.sql.migrations.steps import add_column, drop_column

revision: Final = "0026"
down_revision: Final = "0025"
branch_labels: Final = None
depends_on: Final = None

_COLUMNS: Final = ("rotated_at", "end_before_rotation")


def upgrade() -> None:
    """Add two columns."""
    for name in _COLUMNS:
        add_column("api_keys", sa.Column(name, Instant))


def downgrade() -> None:
    """Drop them."""
    for name in reversed(_COLUMNS):
        drop_column("api_keys", name)
