import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.script import ScriptDirectory

from adapters.sql.database import Database
from adapters.sql.migrate import SchemaState, config, migrate, schema_state
from adapters.sql.tables import METADATA
from mysql_server import EXACT, MysqlServer, create_schema
from ocrcore.testing.patience import FOREVER

_TESTS = Path(__file__).parents[2]
_REVISIONS = [script.revision for script in ScriptDirectory.from_config(config()).walk_revisions()]


@pytest.fixture
def empty(server: MysqlServer) -> Iterator[str]:
    yield create_schema(server, "ocr_new")
    server.execute("DROP DATABASE ocr_new")


@pytest.fixture
def fresh(empty: str) -> Iterator[Database]:
    database = Database(empty)
    yield database
    database.close()


def _tables(database: Database) -> set[str]:
    return set(sa.inspect(database.engine).get_table_names()) - {"alembic_version"}


def test_an_empty_schema_gets_every_table(fresh: Database) -> None:
    assert schema_state(fresh) is SchemaState.OLD
    migrate(fresh)
    migrate(fresh)
    assert schema_state(fresh) is SchemaState.CURRENT
    assert _tables(fresh) == set(METADATA.tables)


def test_the_steps_and_the_tables_say_the_same(database: Database) -> None:
    with database.engine.connect() as connection:
        command.check(config(connection))


@pytest.mark.parametrize("revision", _REVISIONS)
def test_every_earlier_schema_is_old_and_can_be_brought_up(fresh: Database, revision: str) -> None:
    fresh.write(lambda connection: command.upgrade(config(connection), revision))
    assert schema_state(fresh) is (SchemaState.CURRENT if revision == _REVISIONS[0] else SchemaState.OLD)
    migrate(fresh)
    assert schema_state(fresh) is SchemaState.CURRENT
    assert _tables(fresh) == set(METADATA.tables)


def test_a_schema_can_be_taken_down_and_built_again(fresh: Database) -> None:
    migrate(fresh)
    fresh.write(lambda connection: command.downgrade(config(connection), "base"))
    assert _tables(fresh) == set()
    migrate(fresh)
    assert schema_state(fresh) is SchemaState.CURRENT


def test_several_may_migrate_at_once(empty: str) -> None:
    databases = [Database(empty) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(migrate, databases))
    assert all(schema_state(database) is SchemaState.CURRENT for database in databases)
    for database in databases:
        database.close()


def _schema(server: MysqlServer, name: str) -> dict[str, str]:
    """Return how each table is made, without the number that its next row gets."""
    tables = server.execute(f"SHOW TABLES FROM `{name}`")
    made = {str(table): str(server.execute(f"SHOW CREATE TABLE `{name}`.`{table}`")[0][1]) for (table,) in tables}
    return {table: re.sub(r" AUTO_INCREMENT=\d+", "", how) for table, how in made.items()}


@pytest.mark.usefixtures("migrated")
def test_a_migration_that_is_killed_after_any_change_is_finished_by_the_next(empty: str, server: MysqlServer) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "integration.mysql.interrupted", empty],
        cwd=_TESTS,
        capture_output=True,
        text=True,
        timeout=FOREVER,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 30
    assert _schema(server, "ocr_new") == _schema(server, "ocr")
    assert server.execute("SELECT * FROM ocr_new.alembic_version") == [(_REVISIONS[0],)]


@pytest.mark.usefixtures("migrated")
def test_checks_are_called_after_their_table(server: MysqlServer) -> None:
    names = server.execute(
        "SELECT constraint_name FROM information_schema.table_constraints"
        " WHERE table_schema = 'ocr' AND constraint_type = 'CHECK'"
    )
    assert sorted(names) == [("ck_job_items_status",), ("ck_jobs_status",)]


_TYPES = {
    ("jobs", "id"): "char(36) ascii_bin",
    ("jobs", "name"): f"varchar(255) {EXACT}",
    ("jobs", "created_at"): "datetime(6) None",
    ("jobs", "status"): "varchar(10) ascii_bin",
    ("jobs", "sqs_retention_deadline"): "datetime(6) None",
    ("jobs", "warnings"): "mediumtext utf8mb4_bin",
    ("job_items", "id"): "char(36) ascii_bin",
    ("job_items", "job_id"): "char(36) ascii_bin",
    ("job_items", "s3_key"): f"varchar(255) {EXACT}",
    ("job_items", "created_at"): "datetime(6) None",
    ("job_items", "status"): "varchar(10) ascii_bin",
    ("job_items", "ocr_text"): "mediumtext utf8mb4_bin",
    ("job_items", "error_msg"): f"varchar(255) {EXACT}",
}


@pytest.mark.usefixtures("migrated")
def test_columns_are_as_they_are_specified(server: MysqlServer) -> None:
    columns = server.execute(
        "SELECT table_name, column_name, column_type, collation_name"
        " FROM information_schema.columns WHERE table_schema = 'ocr'"
    )
    found = {(table, column): f"{kind} {collation}" for table, column, kind, collation in columns}
    assert {key: found[key] for key in _TYPES} == _TYPES
    named = {str(collation) for *_, collation in columns}
    assert named == {"None", "ascii_bin", "utf8mb4_bin", EXACT}  # whatever the server's own is


@pytest.mark.usefixtures("migrated")
def test_tables_have_transactions_and_a_named_collation(server: MysqlServer) -> None:
    tables = server.execute(
        "SELECT DISTINCT engine, table_collation FROM information_schema.tables WHERE table_schema = 'ocr'"
    )
    assert tables == [("InnoDB", "utf8mb4_bin")]
