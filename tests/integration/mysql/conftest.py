from collections.abc import Iterator

import pytest

from adapters.sql.api_keys import SqlApiKeys
from adapters.sql.audit_outbox import SqlAuditOutbox
from adapters.sql.changes import SqlChanges
from adapters.sql.database import Database
from adapters.sql.deliveries import SqlDeliveries
from adapters.sql.due_work import SqlDueWork
from adapters.sql.jobs import SqlJobs
from adapters.sql.migrate import migrate
from adapters.sql.outbox import SqlOutbox
from adapters.sql.rate_windows import SqlRateWindows
from adapters.sql.search import SqlSearchIndex
from adapters.sql.sessions import SqlSessions
from adapters.sql.tables import METADATA
from adapters.sql.tombstones import SqlTombstones
from adapters.sql.webhooks import SqlWebhooks
from mysql_server import MysqlServer, create_schema, empty, mysql_server
from ocrcore.testing.builders import StateOfRecord


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MysqlServer]:
    with mysql_server(tmp_path_factory.mktemp("mysql")) as server:
        yield server


@pytest.fixture(scope="session")
def migrated(server: MysqlServer) -> str:
    url = create_schema(server, "ocr")
    database = Database(url)
    migrate(database)
    database.close()
    return url


@pytest.fixture
def database(migrated: str) -> Iterator[Database]:
    database = Database(migrated)
    empty(database.engine, list(reversed(METADATA.sorted_tables)))
    yield database
    database.close()


@pytest.fixture
def other(migrated: str) -> Iterator[Database]:
    """Another process, as far as the server can tell."""
    database = Database(migrated)
    yield database
    database.close()


@pytest.fixture
def sql_record(database: Database) -> StateOfRecord:
    return record_of(database)


def record_of(database: Database) -> StateOfRecord:
    return StateOfRecord(
        SqlJobs(database),
        SqlDueWork(database),
        SqlOutbox(database),
        SqlTombstones(database),
        SqlAuditOutbox(database),
        SqlSearchIndex(database),
        SqlApiKeys(database),
        SqlSessions(database),
        SqlRateWindows(database),
        SqlChanges(database),
        SqlWebhooks(database),
        SqlDeliveries(database),
    )
