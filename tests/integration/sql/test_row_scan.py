import pytest
import sqlalchemy as sa

from adapters.sql.database import Database
from adapters.sql.row_scan import SqlRowScan
from adapters.sql.tables import JOBS
from ocrcore.domain.job_row import StoredState
from ocrcore.domain.lifecycle import JobStatus
from ocrcore.ports.row_scan import NIL
from ocrcore.testing.builders import START, StateOfRecord, a_draft, submit
from ocrcore.testing.row_scan import Office, RowScanContract


class TestSqlLedger(RowScanContract):
    @pytest.fixture
    def office(self, database: Database, sql_record: StateOfRecord) -> Office:
        return Office(SqlRowScan(database), sql_record)


def test_a_row_that_no_job_can_have_is_read_and_made_right(database: Database, sql_record: StateOfRecord) -> None:
    """Its numbers do not add up, so it cannot be read as a job, and its status is not theirs."""
    job = submit(sql_record.jobs, a_draft(), 3)
    nonsense = {"total": 2, "pending": -7, "expired": 9, "status": "EXPIRED", "finished_at": START}
    database.write(lambda connection: connection.execute(sa.update(JOBS).values(nonsense)))
    with pytest.raises(ValueError, match="add up"):
        sql_record.jobs.get(job.id, "ana")
    row_scan = SqlRowScan(database)
    (row,) = row_scan.jobs(NIL, 10)
    assert row.stored == StoredState(JobStatus.EXPIRED, 2, -7, 0, 0, 0, 9, START)
    assert not row.is_consistent(START)
    row_scan.correct(job.id, lambda row: row.expected(START))
    assert sql_record.jobs.get(job.id, "ana") == job
    assert next(iter(row_scan.jobs(NIL, 10))).is_consistent(START)
