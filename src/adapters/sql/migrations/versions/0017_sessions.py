"""The secret that signs sessions, and the sessions that were closed."""

from typing import Final

import sqlalchemy as sa

from adapters.sql.dialects import TABLE, Instant, Line, token
from adapters.sql.migrations.steps import create_index, create_table, drop_table

revision: Final = "0017"
down_revision: Final = "0016"
branch_labels: Final = None
depends_on: Final = None


def upgrade() -> None:
    """Add two tables. The row of the secret is made by ``ocrcore init``, or by the first process that needs it."""
    create_table(
        "secrets",
        sa.Column("name", Line(64), nullable=False),
        sa.Column("secret", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_secrets"),
        **TABLE,
    )
    create_table(
        "closed_sessions",
        sa.Column("id", token(32), nullable=False),
        sa.Column("until", Instant, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_closed_sessions"),
        **TABLE,
    )
    create_index("ix_closed_sessions_until", "closed_sessions", ["until"])


def downgrade() -> None:
    """Drop them."""
    drop_table("closed_sessions")
    drop_table("secrets")
