"""API keys, and the history of each owner's keys."""

from typing import Final

import sqlalchemy as sa

from adapters.sql.dialects import TABLE, Instant, Line, token
from adapters.sql.migrations.steps import create_index, create_table, drop_table

revision: Final = "0015"
down_revision: Final = "0014"
branch_labels: Final = None
depends_on: Final = None


def upgrade() -> None:
    """Add two tables. Entries about keys are not in that of the audit log: release 0.1 fails on their actions."""
    create_table(
        "api_keys",
        sa.Column("id", Line(8), nullable=False),
        sa.Column("owner", Line(255), nullable=False),
        sa.Column("name", Line(255), nullable=False),
        sa.Column("hash", token(64), nullable=False),
        sa.Column("scopes", token(255), nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("created_by", Line(255), nullable=False),
        sa.Column("expires_at", Instant),
        sa.Column("last_used_at", Instant),
        sa.Column("revoked_at", Instant),
        sa.Column("revoked_by", Line(255)),
        sa.Column("session_epoch", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_api_keys"),
        **TABLE,
    )
    create_index("ix_api_keys_owner_created_at_id", "api_keys", ["owner", "created_at", "id"])
    create_index("ix_api_keys_created_at_id", "api_keys", ["created_at", "id"])
    create_index("ix_api_keys_revoked_at", "api_keys", ["revoked_at"])
    create_index("ix_api_keys_expires_at", "api_keys", ["expires_at"])
    create_table(
        "key_entries",
        sa.Column("owner", Line(255), nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("event_id", token(120), nullable=False),
        sa.Column("action", token(20), nullable=False),
        sa.Column("actor", Line(255), nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("owner", "at", "event_id", name="pk_key_entries"),
        **TABLE,
    )
    create_index("ix_key_entries_at", "key_entries", ["at"])


def downgrade() -> None:
    """Drop them."""
    drop_table("key_entries")
    drop_table("api_keys")
