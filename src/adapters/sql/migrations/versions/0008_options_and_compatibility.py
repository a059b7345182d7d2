"""The options of a job as one JSON column, and the mark that admits older programs to the schema.

The columns that the JSON replaces stay and are still written, because programs of release 0.1 read them.
"""

from typing import Final

import sqlalchemy as sa
from alembic import op

from adapters.sql.dialects import TABLE, token
from adapters.sql.migrations.steps import add_column, create_table, drop_column, drop_table

revision: Final = "0008"
down_revision: Final = "0007"
branch_labels: Final = None
depends_on: Final = None


def upgrade() -> None:
    """Add the column and the mark. Until it is raised, programs that know this revision can use every schema."""
    add_column("jobs", sa.Column("options", sa.Text))
    create_table(
        "schema_compatibility",
        sa.Column("oldest_revision", token(32), nullable=False),
        sa.PrimaryKeyConstraint("oldest_revision", name="pk_schema_compatibility"),
        **TABLE,
    )
    marks = sa.table("schema_compatibility", sa.column("oldest_revision"))
    if not op.get_bind().execute(sa.select(marks.c.oldest_revision)).first():
        op.execute(marks.insert().values(oldest_revision=revision))


def downgrade() -> None:
    """Drop both."""
    drop_table("schema_compatibility")
    drop_column("jobs", "options")
