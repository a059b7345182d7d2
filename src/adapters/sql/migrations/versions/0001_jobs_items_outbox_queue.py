"""Jobs, items, the outbox, tombstones, rejected messages, and the embedded queue."""

from typing import Final

import sqlalchemy as sa

from adapters.sql.dialects import NUMBERED_TABLE, TABLE, Id, Instant, Line, long_text, number, real, token
from adapters.sql.migrations.steps import create_index, create_table, drop_table

revision: Final = "0001"
down_revision: Final = None
branch_labels: Final = None
depends_on: Final = None


def upgrade() -> None:
    """Create all tables."""
    _jobs()
    _items()
    _outbox()
    _rest()
    _queue()


def downgrade() -> None:
    """Drop all tables."""
    tables = ("queue_messages", "queue_groups", "rejected_messages", "deleted_jobs", "outbox", "job_items", "jobs")
    for table in tables:
        drop_table(table)


def _jobs() -> None:
    create_table(
        "jobs",
        sa.Column("id", Id, nullable=False),
        sa.Column("owner", Line(255), nullable=False),
        sa.Column("name", Line(255), nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("status", token(10), nullable=False),
        sa.Column("sqs_retention_deadline", Instant, nullable=False),
        sa.Column("submitted_at", Instant),
        sa.Column("finished_at", Instant),
        sa.Column("s3_bucket", Line(255), nullable=False),
        sa.Column("languages", Line(255), nullable=False),
        sa.Column("engine", token(20), nullable=False),
        sa.Column("psm", sa.SmallInteger, nullable=False),
        sa.Column("expires_in", sa.Integer, nullable=False),
        *(
            sa.Column(count, sa.Integer, nullable=False)
            for count in ("total", "pending", "processing", "done", "error", "expired")
        ),
        sa.PrimaryKeyConstraint("id", name="pk_jobs"),
        sa.CheckConstraint("status IN ('PENDING', 'PROCESSING', 'DONE', 'ERROR', 'EXPIRED')", name="status"),
        **TABLE,
    )
    create_index("ix_jobs_owner_created_at_id", "jobs", ["owner", "created_at", "id"])
    create_index("ix_jobs_owner_status_created_at_id", "jobs", ["owner", "status", "created_at", "id"])
    create_index("ix_jobs_status_sqs_retention_deadline", "jobs", ["status", "sqs_retention_deadline"])
    create_index("ix_jobs_submitted_at_created_at", "jobs", ["submitted_at", "created_at"])


def _items() -> None:
    create_table(
        "job_items",
        sa.Column("id", Id, nullable=False),
        sa.Column("job_id", Id, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("s3_key", Line(255), nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("filename", Line(255), nullable=False),
        sa.Column("page", sa.Integer, nullable=False),
        sa.Column("status", token(10), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("attempts_limit", sa.Integer, nullable=False),
        sa.Column("queued_at", Instant, nullable=False),
        sa.Column("requeues", sa.Integer, nullable=False),
        sa.Column("lease_until", Instant),
        sa.Column("error_code", token(40)),
        sa.Column("error_msg", Line(255)),
        sa.Column("confidence", real()),
        sa.Column("width", sa.Integer),
        sa.Column("height", sa.Integer),
        sa.Column("engine", Line(100)),
        sa.Column("layout_key", Line(255)),
        sa.Column("started_at", Instant),
        sa.Column("finished_at", Instant),
        sa.Column("ocr_text", long_text()),
        sa.PrimaryKeyConstraint("id", name="pk_job_items"),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="fk_job_items_job_id"),
        sa.UniqueConstraint("job_id", "position", name="uq_job_items_job_id_position"),
        sa.CheckConstraint("status IN ('PENDING', 'PROCESSING', 'DONE', 'ERROR')", name="status"),
        **TABLE,
    )
    create_index("ix_job_items_job_id_status_position", "job_items", ["job_id", "status", "position"])
    create_index("ix_job_items_lease_until", "job_items", ["lease_until"])
    create_index("ix_job_items_status_requeues_queued_at", "job_items", ["status", "requeues", "queued_at"])


def _outbox() -> None:
    create_table(
        "outbox",
        sa.Column("id", number(), nullable=False, autoincrement=True),
        sa.Column("job_id", Id, nullable=False),
        sa.Column("item_id", Id, nullable=False),
        sa.Column("owner", Line(255), nullable=False),
        sa.Column("s3_bucket", Line(255), nullable=False),
        sa.Column("s3_key", Line(255), nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        **NUMBERED_TABLE,
    )
    create_index("ix_outbox_job_id_id", "outbox", ["job_id", "id"])
    create_index("ix_outbox_item_id", "outbox", ["item_id"])
    create_index("ix_outbox_owner_id", "outbox", ["owner", "id"])
    create_index("ix_outbox_created_at", "outbox", ["created_at"])


def _rest() -> None:
    create_table(
        "deleted_jobs",
        sa.Column("job_id", Id, nullable=False),
        sa.Column("owner", Line(255), nullable=False),
        sa.Column("deleted_at", Instant, nullable=False),
        sa.Column("purge_at", Instant, nullable=False),
        sa.Column("purges", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("job_id", name="pk_deleted_jobs"),
        **TABLE,
    )
    create_index("ix_deleted_jobs_purge_at", "deleted_jobs", ["purge_at"])
    create_table(
        "rejected_messages",
        sa.Column("message_id", Line(255), nullable=False),
        sa.Column("body", Line(1000), nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("message_id", name="pk_rejected_messages"),
        **TABLE,
    )


def _queue() -> None:
    create_table(
        "queue_groups",
        sa.Column("name", Line(255), nullable=False),
        sa.Column("served", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_queue_groups"),
        **TABLE,
    )
    create_table(
        "queue_messages",
        sa.Column("id", number(), nullable=False, autoincrement=True),
        sa.Column("group_name", Line(255), nullable=False),
        sa.Column("body", long_text(), nullable=False),
        sa.Column("sent_at", Instant, nullable=False),
        sa.Column("visible_at", Instant, nullable=False),
        sa.Column("receive_count", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_queue_messages"),
        **NUMBERED_TABLE,
    )
    create_index("ix_queue_messages_group_name_visible_at", "queue_messages", ["group_name", "visible_at"])
