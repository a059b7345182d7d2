"""Which rights the user of a process needs: to rows, not to tables."""

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta

import pytest

from adapters.sql.clock import DatabaseClock
from adapters.sql.database import Database
from adapters.sql.migrate import SchemaState, schema_state
from adapters.sql.workers import SqlWorkers
from integration.mysql.conftest import record_of
from mysql_server import MysqlServer
from ocrcore.domain.errors import DatabaseUnavailable
from ocrcore.testing.builders import START, a_draft, a_page, claim, delete, finish, submit


@pytest.fixture
def modest(server: MysqlServer, database: Database) -> Iterator[Database]:  # noqa: ARG001 - its tables are there
    server.execute(
        "CREATE USER IF NOT EXISTS modest@'%' IDENTIFIED BY 'secret'",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON ocr.* TO modest@'%'",
    )
    with closing(Database(server.url("ocr").replace("//ocr:", "//modest:"))) as modest:
        yield modest


def test_a_process_reads_and_writes_rows(modest: Database) -> None:
    assert schema_state(modest) is SchemaState.CURRENT
    assert DatabaseClock(modest).now() > START
    record = record_of(modest)
    job = submit(record.jobs, a_draft(), order=True)
    finish(record.jobs, claim(record.jobs, a_page(job)))
    record.outbox.remove(order.id for order in record.outbox.waiting(10))
    assert record.due_work.overdue(START + timedelta(days=9), 10) == []
    assert sum(SqlWorkers(modest).totals().jobs.values()) == 1
    delete(record.jobs, job)


def test_it_changes_no_table(modest: Database) -> None:
    with pytest.raises(DatabaseUnavailable, match=r"lacks a right to a table; .* deploy/mysql .* upgrade"):
        modest.write(lambda connection: connection.exec_driver_sql("CREATE TABLE more (id INT)"))
