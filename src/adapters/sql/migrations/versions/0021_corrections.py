"""Corrections of pages, marks of pages that were looked at, and the list of pages by confidence."""

from typing import Final

import sqlalchemy as sa
from alembic import op

from adapters.sql.dialects import TABLE, Id, Instant, Line, long_text
from adapters.sql.migrations.steps import (
    add_column,
    create_index,
    create_table,
    drop_column,
    drop_index,
    drop_table,
)

revision: Final = "0021"
down_revision: Final = "0020"
branch_labels: Final = None
depends_on: Final = None

_INDEX: Final = "ix_job_items_review"
#: Pages that are waiting get their owner when they are written again.
_SET_OWNERS: Final = (
    "UPDATE job_items SET owner = (SELECT jobs.owner FROM jobs WHERE jobs.id = job_items.job_id)"
    " WHERE owner IS NULL AND status = 'DONE'"
)


def upgrade() -> None:
    """Add a table, the columns and an index. The table's rows go with their item, whichever release deletes it."""
    add_column("job_items", sa.Column("owner", Line(255)))
    add_column("job_items", sa.Column("revision", sa.Integer))
    add_column("job_items", sa.Column("is_reviewed", sa.Boolean))
    add_column("job_items", sa.Column("reviewed_at", Instant))
    add_column("job_items", sa.Column("reviewed_by", Line(255)))
    add_column("job_items", sa.Column("corrected_text", long_text()))
    op.execute(_SET_OWNERS)
    create_index(_INDEX, "job_items", ["owner", "status", "is_reviewed", "confidence", "id"])
    create_table(
        "corrections",
        sa.Column("item_id", Id, nullable=False),
        sa.Column("line", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("word", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("actor", Line(255), nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("item_id", "line", "word", name="pk_corrections"),
        sa.ForeignKeyConstraint(["item_id"], ["job_items.id"], name="fk_corrections_item_id", ondelete="CASCADE"),
        **TABLE,
    )


def downgrade() -> None:
    """Drop them."""
    drop_table("corrections")
    drop_index(_INDEX, "job_items")
    for name in ("corrected_text", "reviewed_by", "reviewed_at", "is_reviewed", "revision", "owner"):
        drop_column("job_items", name)
