"""Webhooks, and what is delivered to them."""

from typing import Final

import sqlalchemy as sa

from adapters.sql.dialects import TABLE, Id, Instant, Line, token
from adapters.sql.migrations.steps import create_index, create_table, drop_table

revision: Final = "0023"
down_revision: Final = "0022"
branch_labels: Final = None
depends_on: Final = None


def upgrade() -> None:
    """Add two tables. A process of an earlier release that finishes or deletes a job writes no delivery."""
    create_table(
        "webhooks",
        sa.Column("id", Id, nullable=False),
        sa.Column("owner", Line(255), nullable=False),
        sa.Column("url", token(2000), nullable=False),
        sa.Column("events", token(255), nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("created_by", Line(255), nullable=False),
        sa.Column("sealed_secret", token(255), nullable=False),
        sa.Column("disabled_at", Instant),
        sa.PrimaryKeyConstraint("id", name="pk_webhooks"),
        **TABLE,
    )
    create_index("ix_webhooks_owner_created_at_id", "webhooks", ["owner", "created_at", "id"])
    create_table(
        "webhook_deliveries",
        sa.Column("id", Id, nullable=False),
        sa.Column("webhook_id", Id, nullable=False),
        sa.Column("message_id", token(80), nullable=False),
        sa.Column("event", token(40), nullable=False),
        sa.Column("job_id", Id),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("status", token(10), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("since", Instant),
        sa.Column("due_at", Instant),
        sa.Column("lease_until", Instant),
        sa.Column("finished_at", Instant),
        sa.Column("tried_at", Instant),
        sa.Column("answer", sa.Integer),
        sa.Column("error", token(40)),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_webhook_deliveries"),
        **TABLE,
    )
    table = "webhook_deliveries"
    create_index("ix_webhook_deliveries_webhook_id_due_at_id", table, ["webhook_id", "due_at", "id"])
    create_index("ix_webhook_deliveries_webhook_id_lease_until", table, ["webhook_id", "lease_until"])
    create_index("ix_webhook_deliveries_webhook_id_created_at_id", table, ["webhook_id", "created_at", "id"])
    create_index("ix_webhook_deliveries_created_at", table, ["created_at"])
    create_index("ix_webhook_deliveries_due_at", table, ["due_at"])
    create_index("ix_webhook_deliveries_status_finished_at_webhook_id", table, ["status", "finished_at", "webhook_id"])


def downgrade() -> None:
    """Drop them."""
    drop_table("webhook_deliveries")
    drop_table("webhooks")
