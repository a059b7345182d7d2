"""The contract on SQLite, and jobs that a process of release 0.1 finishes, which knows no ``keep_until``."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa

from adapters.sql.database import Database
from adapters.sql.tables import JOBS
from ocrcore import Job
from ocrcore.testing.builders import START, StateOfRecord, a_draft, submit
from ocrcore.testing.due_work import DueWorkContract

HOUR = timedelta(hours=1)


class TestSqlBacklog(DueWorkContract):
    @pytest.fixture
    def record(self, sql_record: StateOfRecord) -> StateOfRecord:
        return sql_record


def finish_as_0_1(database: Database, job_id: UUID, at: datetime | None) -> None:
    """Write what release 0.1 writes when it finishes the only page of a job; None: when it retries the job."""
    columns: dict[str, object] = {"finished_at": at, "status": "PENDING" if at is None else "ERROR"}
    columns |= {"pending": int(at is None), "error": int(at is not None)}
    database.write(lambda connection: connection.execute(sa.update(JOBS).where(JOBS.c.id == job_id).values(columns)))


def saved(record: StateOfRecord, job_id: UUID) -> Job:
    """Save the job as it is, as retention does with one whose time is not over."""
    return record.jobs.transact(job_id, lambda transaction: transaction.save(transaction.job))


@pytest.fixture
def job(sql_record: StateOfRecord) -> Job:
    draft = a_draft()
    return submit(sql_record.jobs, replace(draft, options=replace(draft.options, keep=HOUR)), now=START)


def test_a_job_that_release_0_1_finished_is_found_at_its_instant(
    database: Database, sql_record: StateOfRecord, job: Job
) -> None:
    finish_as_0_1(database, job.id, START + 3 * HOUR)
    end = START + 4 * HOUR
    assert sql_record.due_work.kept(START + 2 * HOUR, 10) == [job.id]
    assert saved(sql_record, job.id).keep_until == end
    assert sql_record.due_work.kept(end - timedelta(microseconds=1), 10) == []
    assert sql_record.due_work.kept(end, 10) == [job.id]


def test_a_job_that_release_0_1_retried_and_finished_again_is_found_at_its_new_instant(
    database: Database, sql_record: StateOfRecord, job: Job
) -> None:
    for at in (START, None):
        finish_as_0_1(database, job.id, at)
        saved(sql_record, job.id)
    assert sql_record.due_work.kept(START + 9 * HOUR, 10) == []
    finish_as_0_1(database, job.id, START + 5 * HOUR)
    saved(sql_record, job.id)
    assert sql_record.due_work.kept(START + 6 * HOUR - timedelta(microseconds=1), 10) == []
    assert sql_record.due_work.kept(START + 6 * HOUR, 10) == [job.id]
