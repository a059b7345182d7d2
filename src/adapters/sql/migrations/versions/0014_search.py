"""The search index: its pages, their terms, and which items and tombstones it does not know yet."""

from typing import Final

import sqlalchemy as sa
from alembic import op

from adapters.sql.dialects import TABLE, Id, Term, create_text_index, drop_text_index, long_text, token
from adapters.sql.migrations.steps import (
    add_column,
    create_index,
    create_table,
    drop_column,
    drop_index,
    drop_table,
)

revision: Final = "0014"
down_revision: Final = "0013"
branch_labels: Final = None
depends_on: Final = None


def upgrade() -> None:
    """Add two tables and two columns; null in them makes upkeep catch up."""
    create_table(
        "search_pages",
        sa.Column("number", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("job_id", Id, nullable=False),
        sa.Column("item_id", Id, nullable=False),
        sa.Column("terms", long_text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_search_pages"),
        sa.UniqueConstraint("item_id", name="uq_search_pages_item_id"),
        **TABLE,
    )
    create_index("ix_search_pages_job_id_number", "search_pages", ["job_id", "number"])
    create_table(
        "search_terms",
        sa.Column("owner", token(20), nullable=False),
        sa.Column("term", Term(256), nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False, autoincrement=False),
        sa.PrimaryKeyConstraint("owner", "term", "number", name="pk_search_terms"),
        **TABLE,
    )
    create_text_index(op.get_bind())
    add_column("job_items", sa.Column("is_indexed", sa.Boolean))
    create_index("ix_job_items_unindexed", "job_items", ["status", "is_indexed", "finished_at"])
    add_column("deleted_jobs", sa.Column("is_unindexed", sa.Boolean))
    create_index("ix_deleted_jobs_indexed", "deleted_jobs", ["is_unindexed", "deleted_at"])


def downgrade() -> None:
    """Drop them."""
    drop_index("ix_deleted_jobs_indexed", "deleted_jobs")
    drop_column("deleted_jobs", "is_unindexed")
    drop_index("ix_job_items_unindexed", "job_items")
    drop_column("job_items", "is_indexed")
    drop_table("search_terms")
    drop_table("search_pages")
    drop_text_index(op.get_bind())
