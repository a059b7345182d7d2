from collections.abc import Iterator
from pathlib import Path

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
from adapters.sql.tombstones import SqlTombstones
from adapters.sql.webhooks import SqlWebhooks
from ocrcore.testing.builders import StateOfRecord


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("schema") / "ocr.db"
    database = Database.in_file(path)
    migrate(database)
    database.close()
    return path


@pytest.fixture
def path(tmp_path: Path, migrated: Path) -> Path:
    path = tmp_path / "ocr.db"
    path.write_bytes(migrated.read_bytes())
    return path


@pytest.fixture
def database(path: Path) -> Iterator[Database]:
    database = Database.in_file(path)
    yield database
    database.close()


@pytest.fixture
def sql_record(database: Database) -> StateOfRecord:
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
