import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path
from threading import Event, Thread
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from adapters.memory.clock import MemoryClock
from adapters.sql.database import Database
from adapters.sql.dialects.sqlite import PATIENCE, SqliteDialect
from adapters.sql.due_work import SqlDueWork
from adapters.sql.errors import PORT_ERRORS, Busy, Fault, RowConflict, Stage, StaleRow, port_error
from adapters.sql.jobs import SqlJobs
from adapters.sql.migrate import migrate
from adapters.sql.queue import SqlQueue
from adapters.sql.tables import JOBS
from limited_disk import limited_disk
from ocrcore.domain.errors import CommitUnknown, DatabaseFull, DatabaseUnavailable, QueueFull, QueueUnavailable
from ocrcore.ports.queue import Outgoing
from ocrcore.testing.builders import START, TICK, a_draft, submit
from ocrcore.testing.patience import FOREVER, seconds_of, stretch

_DISK_ERRORS = [sqlite3.SQLITE_IOERR, sqlite3.SQLITE_IOERR_FSYNC, sqlite3.SQLITE_READONLY]


def _driver_error(code: int) -> sqlite3.Error:
    error = sqlite3.OperationalError("simulated")
    error.sqlite_errorcode = code
    return error


def _fail_at(database: Database, event: str, code: int, times: int = 1) -> list[int]:
    """Let the next few commits or statements end with an error of the driver."""
    left = [times]

    def fail(*_: object) -> None:
        if left[0]:
            left[0] -= 1
            raise sa.exc.OperationalError(None, {}, _driver_error(code))

    sa.event.listen(database.engine, event, fail)
    return left


def test_tries_are_apart_by_chance(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[int] = []
    pauses: list[float] = []
    monkeypatch.setattr("adapters.sql.database.time", SimpleNamespace(monotonic=lambda: 0.0, sleep=pauses.append))

    def work(_: sa.Connection) -> None:
        tries.append(1)
        if len(tries) % 3:
            raise Busy

    for _ in range(10):
        database.write(work)
    first, second = pauses[::2], pauses[1::2]
    assert (len(first), len(second)) == (10, 10)
    assert sum(first) > 0.05
    assert max(first) < 1 > max(second)
    assert len({round(pause, 3) for pause in pauses}) > 5


def test_the_table_answers_for_every_fault_but_a_bug() -> None:
    answered = {pair for pair in product(Fault, Stage) if port_error(*pair) is not None}
    assert answered == set(PORT_ERRORS) == {pair for pair in product(Fault, Stage) if pair[0] is not Fault.BUG}


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        (sqlite3.SQLITE_BUSY, Fault.BUSY),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, Fault.BUSY),
        (sqlite3.SQLITE_LOCKED, Fault.BUSY),
        (sqlite3.SQLITE_CONSTRAINT_UNIQUE, Fault.CONFLICT),
        (sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY, Fault.CONFLICT),
        (sqlite3.SQLITE_CANTOPEN, Fault.DOWN),
        (sqlite3.SQLITE_CORRUPT, Fault.DOWN),
        (sqlite3.SQLITE_NOTADB, Fault.DOWN),
        *((code, Fault.DOWN) for code in _DISK_ERRORS),
        (sqlite3.SQLITE_FULL, Fault.FULL),
        (sqlite3.SQLITE_ERROR, Fault.BUG),
    ],
)
def test_a_code_of_the_driver_is_a_fault(code: int, fault: Fault) -> None:
    assert SqliteDialect().fault_of(_driver_error(code)) is fault


def test_an_error_of_nobody_is_a_bug() -> None:
    assert SqliteDialect().fault_of(ValueError()) is SqliteDialect().fault_of(None) is Fault.BUG


@pytest.mark.parametrize("code", _DISK_ERRORS)
def test_an_error_before_the_commit_wrote_nothing(database: Database, code: int) -> None:
    _fail_at(database, "before_cursor_execute", code)
    with pytest.raises(DatabaseUnavailable):
        SqlJobs(database).add(a_draft())
    SqlJobs(database).add(a_draft())


@pytest.mark.parametrize("code", _DISK_ERRORS)
def test_an_error_of_the_commit_is_unknown(database: Database, code: int) -> None:
    _fail_at(database, "commit", code)
    with pytest.raises(CommitUnknown):
        SqlJobs(database).add(a_draft())


@pytest.mark.parametrize("event", ["before_cursor_execute", "commit"])
def test_no_room_for_a_statement_or_a_commit_is_a_full_disk(database: Database, event: str) -> None:
    """The last frame of a commit is its mark, so a commit for which there was no room did not happen."""
    _fail_at(database, event, sqlite3.SQLITE_FULL)
    draft = a_draft()
    with pytest.raises(DatabaseFull, match="disk of the database is full"):
        SqlJobs(database).add(draft)
    SqlJobs(database).add(draft)


@pytest.mark.parametrize("event", ["before_cursor_execute", "commit"])
def test_a_writer_in_the_way_is_waited_for(database: Database, event: str) -> None:
    left = _fail_at(database, event, sqlite3.SQLITE_BUSY, times=2)
    job = submit(SqlJobs(database), a_draft())
    assert left == [0]
    assert SqlJobs(database).get(job.id, "ana") == job


def test_a_writer_that_stays_in_the_way_is_not_waited_for_without_end(database: Database) -> None:
    left = _fail_at(database, "before_cursor_execute", sqlite3.SQLITE_BUSY, times=99)
    with pytest.raises(DatabaseUnavailable):
        SqlJobs(database).add(a_draft())
    assert left == [96]


def _stale(times: int) -> tuple[list[int], Callable[[object], int]]:
    calls: list[int] = []

    def work(_: object) -> int:
        calls.append(1)
        if len(calls) <= times:
            raise StaleRow
        return len(calls)

    return calls, work


def test_a_stale_row_is_read_again_once(database: Database) -> None:
    _, work = _stale(1)
    assert database.write(work) == 2
    calls, work = _stale(9)
    with pytest.raises(StaleRow):
        database.write(work)
    assert len(calls) == 2


def test_a_row_that_exists_is_a_conflict(database: Database) -> None:
    SqlJobs(database).add(a_draft())
    with pytest.raises(RowConflict):
        SqlJobs(database).add(a_draft())


def test_a_wrong_statement_is_shown_without_its_values(database: Database) -> None:
    with pytest.raises(sa.exc.OperationalError) as shown, database.reading() as connection:
        connection.execute(sa.text("SELECT nothing FROM nowhere WHERE x = :x"), {"x": "secret"})
    assert "secret" not in str(shown.value)


def test_a_folder_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    database = Database.in_file(tmp_path / "missing" / "ocr.db")
    with pytest.raises(DatabaseUnavailable):
        database.check()
    with pytest.raises(DatabaseUnavailable):
        SqlJobs(database).get(a_draft().id, "ana")


def test_a_file_that_is_no_database_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "ocr.db").write_bytes(b"not a database " * 100)
    with pytest.raises(DatabaseUnavailable):
        Database.in_file(tmp_path / "ocr.db").check()


def test_a_queue_says_that_it_is_the_queue(tmp_path: Path) -> None:
    queue = SqlQueue(Database.in_file(tmp_path / "missing" / "ocr.db"), MemoryClock(START))
    with pytest.raises(QueueUnavailable):
        queue.check()
    with pytest.raises(QueueUnavailable):
        queue.send([Outgoing("x", "ana")])


def test_connections_that_run_out_are_unavailable(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    small = sa.create_engine(database.engine.url, pool_size=1, max_overflow=0, pool_timeout=0.01)
    monkeypatch.setattr(database, "engine", small)
    with database.reading(), pytest.raises(DatabaseUnavailable), database.reading():
        pass
    small.dispose()


def test_writers_of_a_process_wait_for_their_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.sql.dialects.sqlite.PATIENCE", PATIENCE / 1000)
    dialect = SqliteDialect()
    with dialect.turn(), pytest.raises(Busy), dialect.turn():
        pass


def test_a_decision_is_committed_durably(database: Database) -> None:
    with database.reading() as connection:
        settings = [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        ]
    assert settings == ["wal", 2, 1, 1_000]


def test_writers_give_up_within_five_seconds_while_another_process_holds_the_file(
    database: Database, path: Path
) -> None:
    submit(SqlJobs(database), a_draft())
    other, before = sqlite3.connect(path, isolation_level=None), stretch()

    def write() -> None:
        with pytest.raises(Busy):
            database.write(lambda _: None)

    other.execute("BEGIN IMMEDIATE")
    with ThreadPoolExecutor(6) as writers:
        taken = list(writers.map(seconds_of, [write] * 12))  # as many again come while the first wait
    other.close()
    assert max(taken) < 5 * max(before, stretch())


def test_an_item_needs_its_job(database: Database) -> None:
    job = submit(SqlJobs(database), a_draft())
    with pytest.raises(RowConflict):
        database.write(lambda connection: connection.execute(sa.delete(JOBS).where(JOBS.c.id == job.id)))


def test_a_queue_on_a_full_disk_says_so(database: Database) -> None:
    queue = SqlQueue(database, MemoryClock(START))
    _fail_at(database, "before_cursor_execute", sqlite3.SQLITE_IOERR_SHMSIZE)
    with pytest.raises(QueueFull):
        queue.check()
    queue.check()


def test_a_full_disk_can_be_read_after_every_connection_was_lost(tmp_path: Path) -> None:
    with limited_disk(tmp_path / "disk") as disk:
        database = Database.in_file(disk.folder / "ocr.db")
        migrate(database)
        job = submit(SqlJobs(database), a_draft())
        with database.reading() as connection:
            connection.invalidate()
            disk.fill()
        assert SqlJobs(database).get(job.id, "ana") == job
        database.close()
        assert [path.name for path in disk.folder.glob("ocr.db*")] == ["ocr.db"]


def test_a_full_disk_is_found_by_writing_to_it_and_is_no_fault_of_what_can_be_read(tmp_path: Path) -> None:
    with limited_disk(tmp_path / "disk") as disk:
        database = Database.in_file(disk.folder / "ocr.db")
        migrate(database)
        jobs = SqlJobs(database)
        job = submit(jobs, a_draft())
        jobs.check()
        disk.fill()
        with pytest.raises(DatabaseFull, match="disk of the database is full"):
            jobs.check()
        assert jobs.get(job.id, "ana") == job
        disk.empty()
        jobs.check()
        database.close()
        assert [path.name for path in disk.folder.iterdir()] == ["ocr.db"]


def test_a_full_disk_wrote_nothing(database: Database) -> None:
    @sa.event.listens_for(database.engine, "begin")
    def fill(connection: sa.Connection) -> None:
        connection.exec_driver_sql("PRAGMA max_page_count=1")  # as many as there are

    jobs = SqlJobs(database)
    with pytest.raises(DatabaseFull):
        submit(jobs, a_draft(), 1000)
    assert SqlDueWork(database).drafts(START + TICK, 10) in ([], [a_draft().id])
    sa.event.remove(database.engine, "begin", fill)


def test_a_read_waits_for_no_writer(database: Database, path: Path) -> None:
    job = submit(SqlJobs(database), a_draft())
    other = Database.in_file(path)
    assert other.write(lambda _: SqlJobs(database).get(job.id, "ana")) == job
    other.close()


def test_a_writer_waits_for_one_of_another_process(database: Database, path: Path) -> None:
    other, began, seen = Database.in_file(path), Event(), []

    def hold(_: object) -> None:
        began.set()
        time.sleep(0.1)
        seen.append("first")

    holder = Thread(target=other.write, args=(hold,))
    holder.start()
    assert began.wait(FOREVER)
    database.write(lambda _: seen.append("second"))
    holder.join(FOREVER)
    other.close()
    assert seen == ["first", "second"]
