"""Migration of a database to the current schema, and the check whether a program may use a schema.

Migrations only add, so an older program keeps working on a newer schema as long as that is marked compatible: the table
``schema_compatibility`` contains the oldest revision that a program must know. A migration that breaks older programs
raises the mark.
"""

from enum import Enum
from typing import Final

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from adapters.sql.database import Database
from adapters.sql.tables import COMPATIBILITY

_SCRIPTS: Final = "adapters.sql:migrations"


class SchemaState(Enum):
    """The state of a database's schema, relative to this program."""

    #: The schema that this program was written for.
    CURRENT = "current"
    #: A newer schema, marked compatible with this program.
    COMPATIBLE = "compatible"
    #: An older schema, or none. It can be migrated.
    OLD = "old"
    #: A newer schema that this program must not use.
    TOO_NEW = "too-new"

    @property
    def is_usable(self) -> bool:
        """Whether this program can use the schema as it is."""
        return self in {SchemaState.CURRENT, SchemaState.COMPATIBLE}


def migrate(database: Database) -> SchemaState:
    """Upgrade to the current schema and return the resulting state. Of several processes at once, one upgrades.

    A newer schema is left unchanged.
    """
    with database.unhurried() as unhurried_database:
        return unhurried_database.write(_migrate, alone_with="schema")


def schema_state(database: Database) -> SchemaState:
    """Return the state of the schema, relative to this program."""
    with database.reading() as connection:
        return _state(connection)


def _migrate(connection: sa.Connection) -> SchemaState:
    state = _state(connection)
    if state is not SchemaState.OLD:
        return state
    command.upgrade(config(connection), "head")
    return SchemaState.CURRENT


def _state(connection: sa.Connection) -> SchemaState:
    scripts = ScriptDirectory.from_config(config())
    known = {script.revision for script in scripts.walk_revisions()}
    head, found = scripts.get_current_head(), MigrationContext.configure(connection).get_current_revision()
    if found == head:
        return SchemaState.CURRENT
    if found is None or found in known:
        return SchemaState.OLD
    oldest = connection.execute(sa.select(COMPATIBILITY.c.oldest_revision)).scalar()
    return SchemaState.COMPATIBLE if oldest is not None and oldest in known else SchemaState.TOO_NEW


def config(connection: sa.Connection | None = None) -> Config:
    """Return the configuration for Alembic's commands, without a file."""
    settings = Config()
    settings.set_main_option("script_location", _SCRIPTS)
    settings.attributes["connection"] = connection
    return settings
