"""Alembic's environment, run with the connection of :mod:`adapters.sql.migrate`."""

import sqlalchemy as sa
from alembic import context

from adapters.sql.dialects import TABLE, TEXT_INDEX, token
from adapters.sql.tables import METADATA

#: Alembic's own table, created here with our character set instead of the server's default.
_VERSION = sa.Table(
    "alembic_version",
    sa.MetaData(),
    sa.Column("version_num", token(32), nullable=False),
    sa.PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
    **TABLE,
)


def _is_ours(name: str | None, kind: str, _: object) -> bool:
    """Leave out what the database makes for its text index."""
    return kind != "table" or name is None or not name.startswith(TEXT_INDEX)


connection = context.config.attributes["connection"]
_VERSION.create(connection, checkfirst=True)
context.configure(
    connection=connection,
    target_metadata=METADATA,
    render_as_batch=True,
    compare_type=True,
    include_name=_is_ours,
)
context.run_migrations()
