"""The server goes away and comes back; the program stays, and nothing is lost or doubled."""

import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from itertools import count
from threading import Event, Thread, get_ident

import pytest
import sqlalchemy as sa

from adapters.sql.database import Database
from adapters.sql.jobs import SqlJobs
from adapters.sql.migrate import migrate
from adapters.sql.tables import AUDIT_OUTBOX, ITEMS, OUTBOX
from integration.mysql.wire import Cut, wire_to
from mysql_server import MysqlServer, create_schema, mysql_server
from ocrcore.domain.audit import AuditAction
from ocrcore.domain.errors import DatabaseUnavailable, JobNotFound, Unavailable
from ocrcore.domain.job import Job
from ocrcore.domain.lifecycle import Counts, ItemStatus
from ocrcore.ports.jobs import JobTransaction
from ocrcore.testing.builders import START, a_draft, a_page, all_items, claim, finish, renamed, submit
from ocrcore.testing.patience import FOREVER, eventually, within

_AT_MOST = 5.0  # seconds, until a caller has an answer
_PAGES = 2


@pytest.fixture(scope="module")
def frail(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MysqlServer]:
    """A server of which nobody else expects anything."""
    with mysql_server(tmp_path_factory.mktemp("frail")) as server:
        with closing(Database(create_schema(server, "ocr"))) as database:
            migrate(database)
        yield server


_numbers = count(1, 1_000_000)


@pytest.fixture
def database(frail: MysqlServer) -> Iterator[Database]:
    with closing(Database(frail.url("ocr"))) as database:
        database.check()  # there is a connection in the pool
        yield database


class Load:
    """Clients that take one job after another from its draft to its end, and insist."""

    def __init__(self, database: Database, clients: int = 3) -> None:
        self.finished: list[Job] = []
        self.failures = Counter[str]()
        self._jobs = SqlJobs(database)
        self._stop = Event()
        self._hurt: set[int] = set()
        self._threads = [Thread(target=self._run, args=(next(_numbers),)) for _ in range(clients)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(FOREVER)

    def wait_for(self, jobs: int) -> None:
        """Return when so many more are finished."""
        goal = len(self.finished) + jobs
        assert eventually(lambda: len(self.finished) >= goal), self.failures

    def meet_the_fault(self) -> None:
        """Return when every client has."""
        self._hurt.clear()
        assert eventually(lambda: len(self._hurt) == len(self._threads))

    def _run(self, first: int) -> None:
        for number in count(first):
            if self._stop.is_set():
                return
            draft = a_draft(number)
            self._insist(lambda draft=draft: self._submit(draft))  # type: ignore[misc]
            for position in range(_PAGES):
                self._insist(lambda draft=draft, position=position: self._read_page(draft, position))  # type: ignore[misc]
            self.finished.append(draft)

    def _insist(self, step: Callable[[], None]) -> None:
        while True:
            try:
                return step()
            except Unavailable as error:
                self.failures[type(error).__name__] += 1
                self._hurt.add(get_ident())
                time.sleep(0.05)

    def _submit(self, draft: Job) -> None:
        try:
            stored = self._jobs.transact(draft.id, lambda transaction: transaction.job)
        except JobNotFound:
            submit(self._jobs, draft, _PAGES, order=True)
            return
        if stored.submitted_at is None:
            self._jobs.transact(draft.id, _submit_stored)

    def _read_page(self, draft: Job, position: int) -> None:
        item = self._jobs.item(a_page(draft, position).id, draft.owner)
        if item.status is ItemStatus.PENDING:
            item = claim(self._jobs, item)
        if item.status is ItemStatus.PROCESSING:
            finish(self._jobs, item)


def _submit_stored(transaction: JobTransaction) -> None:
    job = transaction.job.submitted(START, _PAGES)
    items = [a_page(job, position) for position in range(_PAGES)]
    transaction.add(items)
    transaction.save(job)
    transaction.enqueue(items, START)


@contextmanager
def _loaded(database: Database) -> Iterator[Load]:
    load = Load(database)
    load.start()
    try:
        load.wait_for(10)
        yield load
        load.wait_for(10)
    finally:
        load.stop()


def _assert_nothing_is_lost_or_doubled(database: Database, load: Load) -> None:
    ids = [job.id for job in load.finished]
    assert len(ids) == len(set(ids))
    jobs = SqlJobs(database)
    for job in load.finished:
        assert jobs.get(job.id, "ana").counts == Counts(total=_PAGES, done=_PAGES)
        assert [(item.attempts, item.ocr_text) for item in all_items(jobs, job)] == [(1, "hello")] * _PAGES
    with database.reading() as connection:
        for table in (OUTBOX, ITEMS):
            rows = sa.select(sa.func.count()).select_from(table).where(table.c.job_id.in_(ids))
            assert connection.scalar(rows) == _PAGES * len(ids)
        told = sa.select(AUDIT_OUTBOX.c.action, sa.func.count()).where(AUDIT_OUTBOX.c.job_id.in_(ids))
        events = {str(row[0]): int(row[1]) for row in connection.execute(told.group_by(AUDIT_OUTBOX.c.action))}
        assert events == {
            AuditAction.JOB_CREATED.value: len(ids),
            AuditAction.ITEM_CLAIMED.value: _PAGES * len(ids),
            AuditAction.ITEM_RECOGNISED.value: _PAGES * len(ids),
        }


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_a_server_that_is_restarted_under_load_loses_nothing(
    frail: MysqlServer, database: Database, end: signal.Signals
) -> None:
    with _loaded(database) as load:
        frail.stop(end)
        load.meet_the_fault()
        frail.start()
    assert load.failures
    _assert_nothing_is_lost_or_doubled(database, load)


def test_a_server_that_takes_no_writes_is_unavailable_until_it_does(frail: MysqlServer, database: Database) -> None:
    with _loaded(database) as load:
        frail.execute("SET GLOBAL read_only=1")
        with within(_AT_MOST), pytest.raises(Unavailable):
            SqlJobs(database).add(a_draft(next(_numbers)))
        load.meet_the_fault()
        frail.execute("SET GLOBAL read_only=0")
    assert load.failures
    _assert_nothing_is_lost_or_doubled(database, load)


def test_connections_to_a_demoted_server_are_left(frail: MysqlServer, database: Database) -> None:
    def session() -> int:
        with database.reading() as connection:
            return int(connection.exec_driver_sql("SELECT CONNECTION_ID()").scalar_one())

    before = session()
    frail.execute("SET GLOBAL read_only=1")
    with pytest.raises(DatabaseUnavailable):
        SqlJobs(database).add(a_draft(next(_numbers)))
    frail.execute("SET GLOBAL read_only=0")
    assert session() != before


@pytest.mark.parametrize("code", [1053, 1290, 1792, 1836])
def test_a_connection_on_which_the_server_says_that_it_takes_no_writes_is_left(
    frail: MysqlServer, database: Database, code: int
) -> None:
    sessions: list[int] = []

    def write(connection: sa.Connection) -> None:
        sessions.append(int(connection.exec_driver_sql("SELECT CONNECTION_ID()").scalar_one()))
        if len(sessions) == 1:  # as the server would: the same packet
            connection.exec_driver_sql(f"SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO={code}, MESSAGE_TEXT='no writes'")

    assert frail.port
    with pytest.raises(DatabaseUnavailable):
        database.write(write)
    database.write(write)
    assert len(set(sessions)) == 2


def test_a_session_that_is_killed_undoes_its_transaction_alone(frail: MysqlServer, database: Database) -> None:
    job = submit(SqlJobs(database), a_draft(next(_numbers)))

    def lose(transaction: JobTransaction) -> None:
        transaction.save(renamed(transaction.job, "lost"))
        frail.execute(*(f"KILL {number}" for (number,) in frail.execute(_SESSIONS)))
        transaction.enqueue([a_page(job)], START)

    with pytest.raises(DatabaseUnavailable):
        SqlJobs(database).transact(job.id, lose)
    assert SqlJobs(database).get(job.id, "ana") == job


_SESSIONS = "SELECT id FROM information_schema.processlist WHERE user = 'ocr'"


def test_nobody_waits_long_for_a_server_that_is_gone(frail: MysqlServer, database: Database) -> None:
    frail.stop(signal.SIGKILL)
    for call in (database.check, lambda: SqlJobs(database).add(a_draft(next(_numbers)))):
        with within(_AT_MOST), pytest.raises(DatabaseUnavailable):
            call()
    frail.start()
    database.check()


def test_nobody_waits_long_for_a_server_that_stands_still(frail: MysqlServer, database: Database) -> None:
    frail.stand_still()
    try:
        with within(_AT_MOST), pytest.raises(DatabaseUnavailable):
            database.check()
    finally:
        frail.signal(signal.SIGCONT)
    database.check()


def test_commits_that_nobody_hears_of_are_found_by_reading_again(frail: MysqlServer, database: Database) -> None:
    with wire_to(frail.port, Cut.BEFORE_THE_ANSWER) as port, closing(Database(frail.url("ocr", port=port))) as deaf:
        load = Load(deaf, clients=1)
        load.start()
        load.wait_for(3)
        load.stop()
    assert load.failures["CommitUnknown"] >= 3 * (2 + 2 * _PAGES)  # each draft, submission, claim and finish
    _assert_nothing_is_lost_or_doubled(database, load)
