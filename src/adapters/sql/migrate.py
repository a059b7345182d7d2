"""Bringing a database to the present schema."""

from typing import Final

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from adapters.sql.database import Database

_SCRIPTS: Final = "adapters.sql:migrations"


def migrate(database: Database) -> None:
    """Upgrade to the present schema; one process at a time, so that of two at once the second finds it done."""
    with database.unhurried() as patient:
        patient.write(lambda connection: command.upgrade(config(connection), "head"), alone_with="schema")


def is_current(database: Database) -> bool:
    """Tell whether the schema is the one that this program was written for."""
    heads = ScriptDirectory.from_config(config()).get_heads()
    with database.reading() as connection:
        return set(MigrationContext.configure(connection).get_current_heads()) == set(heads)


def config(connection: sa.Connection | None = None) -> Config:
    """Return what Alembic's commands need, without a file."""
    settings = Config()
    settings.set_main_option("script_location", _SCRIPTS)
    settings.attributes["connection"] = connection
    return settings
