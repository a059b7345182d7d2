import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.script import ScriptDirectory

from adapters.sql.database import Database
from adapters.sql.dialects import TEXT_INDEX
from adapters.sql.migrate import SchemaState, config, migrate, revisions, schema_state
from adapters.sql.tables import METADATA
from ocrcore.domain.errors import DatabaseUnavailable


@pytest.fixture
def empty(tmp_path: Path) -> Database:
    return Database.in_file(tmp_path / "new.db")


def _tables(database: Database) -> set[str]:
    names = set(sa.inspect(database.engine).get_table_names()) - {"alembic_version"}
    return {name for name in names if not name.startswith(TEXT_INDEX)}


def test_an_empty_database_gets_every_table(empty: Database) -> None:
    assert schema_state(empty) is SchemaState.OLD
    migrate(empty)
    assert schema_state(empty) is SchemaState.CURRENT
    assert _tables(empty) == set(METADATA.tables)
    empty.close()


def test_migrating_again_changes_nothing(empty: Database) -> None:
    migrate(empty)
    migrate(empty)
    assert schema_state(empty) is SchemaState.CURRENT
    empty.close()


def test_the_steps_and_the_tables_say_the_same(database: Database) -> None:
    with database.engine.connect() as connection:
        command.check(config(connection))


def test_the_files_of_migrations_are_called_as_alembic_knows_them() -> None:
    scripts = ScriptDirectory.from_config(config())
    assert list(revisions()) == [script.revision for script in scripts.walk_revisions()][::-1]
    assert revisions()[-1] == scripts.get_current_head()


def test_a_schema_can_be_taken_down_and_built_again(database: Database) -> None:
    database.write(lambda connection: command.downgrade(config(connection), "base"))
    assert _tables(database) == set()
    assert schema_state(database) is SchemaState.OLD
    migrate(database)
    assert schema_state(database) is SchemaState.CURRENT


def test_a_current_schema_is_known_without_what_only_migrations_need(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from adapters.sql.database import Database\n"
        "from adapters.sql.migrate import migrate, schema_state\n"
        "database = Database.in_file(Path(sys.argv[1])); migrate(database); schema_state(database); database.close()\n"
        "print('alembic' in sys.modules)"
    )
    told = [
        subprocess.run(
            [sys.executable, "-c", program, str(tmp_path / "new.db")], capture_output=True, check=True
        ).stdout
        for _ in range(2)
    ]
    assert told == [b"True\n", b"False\n"]


def test_a_database_without_tables_is_unavailable(empty: Database) -> None:
    with pytest.raises(DatabaseUnavailable, match="init"):
        empty.check()
    empty.close()


def test_two_may_migrate_at_once(tmp_path: Path) -> None:
    databases = [Database.in_file(tmp_path / "new.db") for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(migrate, databases))
    assert all(schema_state(database) is SchemaState.CURRENT for database in databases)
    for database in databases:
        database.close()
