"""Migration of a database to the current schema, and the check whether a program may use a schema.

Migrations only add, so an older program keeps working on a newer schema as long as that is marked compatible: the table
``schema_compatibility`` contains the oldest revision that a program must know. A migration that breaks older programs
raises the mark.
"""

import re
from collections.abc import Sequence
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

from adapters.sql.database import Database
from adapters.sql.tables import COMPATIBILITY

if TYPE_CHECKING:
    from alembic.config import Config

_SCRIPTS: Final = "adapters.sql:migrations"
#: The file of a migration is called after its revision.
_VERSIONS: Final = Path(__file__).with_name("migrations") / "versions"
_FILE: Final = re.compile(r"(\d{4})_\w+\.py")
#: Alembic's own.
_VERSION: Final = sa.table("alembic_version", sa.column("version_num", sa.String))


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
    from alembic import command  # noqa: PLC0415 - a third of what a start imports; most find the schema current

    command.upgrade(config(connection), "head")
    return SchemaState.CURRENT


def _state(connection: sa.Connection) -> SchemaState:
    known = revisions()
    has_any = sa.inspect(connection).has_table(_VERSION.name)
    found = connection.execute(sa.select(_VERSION.c.version_num)).scalar() if has_any else None
    if found == known[-1]:
        return SchemaState.CURRENT
    if found is None or found in known:
        return SchemaState.OLD
    oldest = connection.execute(sa.select(COMPATIBILITY.c.oldest_revision)).scalar()
    return SchemaState.COMPATIBLE if oldest is not None and oldest in known else SchemaState.TOO_NEW


def revisions() -> Sequence[str]:
    """Return the revisions that this program knows, the oldest first."""
    return sorted(found[1] for file in _VERSIONS.iterdir() if (found := _FILE.fullmatch(file.name)))


def config(connection: sa.Connection | None = None) -> "Config":
    """Return the configuration for Alembic's commands, without a file."""
    from alembic.config import Config  # noqa: PLC0415 - see above

    settings = Config()
    settings.set_main_option("script_location", _SCRIPTS)
    settings.attributes["connection"] = connection
    return settings
