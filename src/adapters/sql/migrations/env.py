"""Run by Alembic with the connection of :mod:`adapters.sql.migrate`."""

from alembic import context

from adapters.sql.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,
    compare_type=True,
)
context.run_migrations()
