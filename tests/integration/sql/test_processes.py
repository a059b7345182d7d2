import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from adapters.sql.database import Database
from adapters.sql.due_work import SqlDueWork
from adapters.sql.jobs import SqlJobs
from adapters.sql.migrate import SchemaState, schema_state
from adapters.sql.outbox import SqlOutbox
from ocrcore.domain.lifecycle import Counts, ItemStatus, JobStatus
from ocrcore.ports.jobs import JobFilter
from ocrcore.testing.builders import START, a_draft, all_items, claim, finish, submit
from ocrcore.testing.jobs_races import at_once
from ocrcore.testing.patience import FOREVER

_WRITERS = Path(__file__).with_name("writers.py")


@contextmanager
def _started(*arguments: object) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, str(_WRITERS), *map(str, arguments)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            yield process
        finally:
            process.kill()


def _release(*processes: subprocess.Popen[str]) -> None:
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()


def _assert_counts_are_the_items(jobs: SqlJobs, number: int) -> None:
    job = jobs.get(a_draft(number).id, "ana")
    statuses = Counter(item.status for item in all_items(jobs, job))
    counts = job.counts
    assert (counts.pending, counts.processing, counts.done, counts.error) == tuple(statuses[s] for s in ItemStatus)


def test_two_processes_migrate_at_once(tmp_path: Path) -> None:
    path = tmp_path / "new.db"
    with _started("migrate", path) as first, _started("migrate", path) as second:
        _release(first, second)
        assert [first.wait(FOREVER), second.wait(FOREVER)] == [0, 0]
    database = Database.in_file(path)
    assert schema_state(database) is SchemaState.CURRENT
    database.close()


def test_two_processes_finish_the_items_of_one_job(database: Database, path: Path) -> None:
    jobs = SqlJobs(database)
    job = submit(jobs, a_draft(), 200)
    with _started("finish", path, job.id, 0) as first, _started("finish", path, job.id, 1) as second:
        _release(first, second)
        assert [first.wait(FOREVER), second.wait(FOREVER)] == [0, 0]
    assert jobs.get(job.id, "ana").counts == Counts(total=200, done=200)


def test_the_last_two_items_finish_at_once_fifty_times(database: Database, path: Path) -> None:
    here, there = SqlJobs(database), SqlJobs(other := Database.in_file(path))
    for number in range(50):
        first, second = (claim(here, item) for item in all_items(here, submit(here, a_draft(number), 2)))
        at_once(partial(finish, here, first), partial(finish, there, second))
        job = here.get(first.job_id, "ana")
        assert (job.status, job.counts) == (JobStatus.DONE, Counts(total=2, done=2))
        assert job.finished_at == START
    other.close()


@pytest.mark.parametrize("steps", [1, 3, 7])
def test_a_killed_writer_leaves_whole_transactions(database: Database, path: Path, steps: int) -> None:
    with _started("submit", path) as writer:
        _release(writer)
        assert writer.stdout is not None
        reached = [writer.stdout.readline() for _ in range(steps)]
        writer.kill()
    jobs = SqlJobs(database)
    found = jobs.list("ana", JobFilter(), None, 1000)
    assert len(found) >= len(reached) == steps
    for number in range(1, len(found) + 1):
        _assert_counts_are_the_items(jobs, number)
    assert len(SqlOutbox(database).waiting(100_000)) == 20 * len(found)
    assert SqlDueWork(database).overdue(START, 10) == []
    assert submit(jobs, a_draft(99_999), 1).counts == Counts(total=1, pending=1)
    with database.reading() as connection:
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
