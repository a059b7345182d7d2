"""Bringing a database to the present schema, and telling whether a program may use the one it finds.

Migrations only add, so a program goes on working on a newer schema as long as that is marked compatible: the table
``schema_compatibility`` names the oldest revision that a program must know. A migration that older programs could not
live with raises the mark.
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
    """A database's schema, as seen by this program."""

    #: The one that this program was written for.
    CURRENT = "current"
    #: A newer one that is marked compatible with this program.
    COMPATIBLE = "compatible"
    #: An older one, or none: it can be migrated.
    OLD = "old"
    #: A newer one that this program must not use.
    TOO_NEW = "too-new"

    @property
    def is_usable(self) -> bool:
        """Whether this program works with it as it is."""
        return self in {SchemaState.CURRENT, SchemaState.COMPATIBLE}


def migrate(database: Database) -> SchemaState:
    """Upgrade to the present schema and return what it is then; of several processes at once, one upgrades.

    A newer schema is left as it is.
    """
    with database.unhurried() as patient:
        return patient.write(_migrate, alone_with="schema")


def schema_state(database: Database) -> SchemaState:
    """Return what the schema is to this program."""
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
    """Return what Alembic's commands need, without a file."""
    settings = Config()
    settings.set_main_option("script_location", _SCRIPTS)
    settings.attributes["connection"] = connection
    return settings
