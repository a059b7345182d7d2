"""The audit log, its outbox, and the order of a job's events."""

from typing import Final

import sqlalchemy as sa

from adapters.sql.dialects import NUMBERED_TABLE, TABLE, Id, Instant, Line, number, token
from adapters.sql.migrations.steps import add_column, create_index, create_table, drop_column, drop_table

revision: Final = "0004"
down_revision: Final = "0003"
branch_labels: Final = None
depends_on: Final = None


def upgrade() -> None:
    """Add two tables and two columns."""
    add_column("jobs", sa.Column("event_serial", sa.Integer, nullable=False, server_default="0"))
    add_column("jobs", sa.Column("last_event_at", Instant))
    create_table(
        "audit_outbox",
        sa.Column("id", number(), nullable=False, autoincrement=True),
        *_entry(),
        sa.PrimaryKeyConstraint("id", name="pk_audit_outbox"),
        **NUMBERED_TABLE,
    )
    create_index("ix_audit_outbox_job_id_id", "audit_outbox", ["job_id", "id"])
    create_table(
        "audit",
        *_entry(),
        sa.PrimaryKeyConstraint("job_id", "at", "event_id", name="pk_audit"),
        **TABLE,
    )
    create_index("ix_audit_at", "audit", ["at"])


def downgrade() -> None:
    """Drop them."""
    drop_table("audit")
    drop_table("audit_outbox")
    drop_column("jobs", "last_event_at")
    drop_column("jobs", "event_serial")


def _entry() -> list[sa.Column[object]]:
    return [
        sa.Column("job_id", Id, nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("event_id", token(120), nullable=False),
        sa.Column("action", token(20), nullable=False),
        sa.Column("actor", Line(255), nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
    ]
