import struct
from collections.abc import Callable
from contextlib import closing
from threading import Event, Thread

import pymysql
import pytest
import sqlalchemy as sa
from pymysql.err import raise_mysql_exception

from adapters.sql.database import Database
from adapters.sql.dialects.mysql import MysqlDialect
from adapters.sql.errors import Busy, Fault, RowConflict
from adapters.sql.jobs import SqlJobs
from adapters.sql.migrate import SchemaState, schema_state
from adapters.sql.tables import ITEMS, JOBS, REJECTED
from mysql_server import MysqlServer
from ocrcore.domain.errors import DatabaseUnavailable
from ocrcore.testing.builders import START, a_draft, an_id, submit
from ocrcore.testing.patience import FOREVER, within

_AT_MOST = 5.0  # seconds, until a caller has an answer


def _as_the_driver_has_it(code: int) -> pymysql.Error:
    with pytest.raises(pymysql.Error) as raised:
        raise_mysql_exception(b"\xff" + struct.pack("<h", code) + b"#HY000simulated")
    return raised.value


@pytest.mark.parametrize(
    ("codes", "fault"),
    [
        ([1213, 1205, 1020, 3572], Fault.BUSY),
        ([2003, 2006, 2013, 2014, 1040, 1053, 1927, 2055, 4031], Fault.DOWN),
        ([1290, 1792, 1836], Fault.DOWN),
        ([1044, 1045, 1049, 1158, 1317, 3024], Fault.DOWN),
        ([1062, 1451, 1452, 1048, 3819, 4025], Fault.CONFLICT),
        ([1406, 1264, 1366, 1292, 1305, 1364, 1064, 1146, 1054, 1136], Fault.BUG),
        ([1050, 1060, 1061, 1091], Fault.BUG),
    ],
)
def test_a_code_of_the_server_is_a_fault(codes: list[int], fault: Fault) -> None:
    dialect = MysqlDialect()
    assert {code: dialect.fault_of(_as_the_driver_has_it(code)) for code in codes} == dict.fromkeys(codes, fault)


@pytest.mark.parametrize("error", [pymysql.InterfaceError(0, ""), pymysql.InternalError("sequence"), pymysql.Error()])
def test_a_driver_that_lost_its_way_is_away(error: pymysql.Error) -> None:
    assert MysqlDialect().fault_of(error) is Fault.DOWN


def test_an_error_of_nobody_is_a_bug() -> None:
    assert MysqlDialect().fault_of(ValueError()) is MysqlDialect().fault_of(None) is Fault.BUG


def test_a_session_is_as_it_must_be(database: Database) -> None:
    with database.reading() as connection:
        variables = {str(name): str(value) for name, value in connection.exec_driver_sql("SHOW SESSION VARIABLES")}
        isolation = connection.get_isolation_level()
    assert variables["time_zone"] == "+00:00"
    assert variables["innodb_lock_wait_timeout"] == "2"
    assert variables["wait_timeout"] == "60"
    assert variables["character_set_connection"] == "utf8mb4"
    assert {"STRICT_TRANS_TABLES", "NO_ZERO_DATE", "ONLY_FULL_GROUP_BY"} <= set(variables["sql_mode"].split(","))
    assert isolation == "READ COMMITTED"


@pytest.mark.parametrize("scheme", ["mysql", "mysql+pymysql", "mariadb", "mariadb+pymysql"])
def test_a_url_need_not_name_the_driver(migrated: str, scheme: str) -> None:
    with closing(Database(migrated.replace("mysql+pymysql", scheme))) as database:
        assert schema_state(database) is SchemaState.CURRENT
        SqlJobs(database).check()


def test_a_session_that_cuts_texts_is_refused(migrated: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.sql.dialects.mysql._SESSION", "SET SESSION sql_mode='', SESSION time_zone='+00:00'")
    lax = Database(migrated)
    with pytest.raises(DatabaseUnavailable, match="strict"):
        lax.check()
    lax.close()


def test_a_text_that_does_not_fit_is_refused(database: Database) -> None:
    row = {"message_id": "x", "body": "x" * 1001, "at": START}
    with pytest.raises(sa.exc.DataError) as shown:
        database.write(lambda connection: connection.execute(sa.insert(REJECTED).values(row)))
    assert "xxx" not in str(shown.value)


def test_trailing_blanks_count(database: Database) -> None:
    jobs = SqlJobs(database)
    submit(jobs, a_draft(owner="ana "))
    assert jobs.find("ana", "x") is None
    with database.reading() as connection:
        owners = sa.select(JOBS.c.owner).where(JOBS.c.owner == sa.bindparam("owner"))
        assert [connection.scalar(owners, {"owner": owner}) for owner in ("ana", "ANA ", "ana ")] == [
            None,
            None,
            "ana ",
        ]


def test_rows_that_do_not_fit_are_a_conflict(database: Database) -> None:
    job = submit(SqlJobs(database), a_draft())
    with pytest.raises(RowConflict):
        SqlJobs(database).add(a_draft())
    with pytest.raises(RowConflict):
        database.write(lambda connection: connection.execute(sa.delete(JOBS).where(JOBS.c.id == job.id)))
    with pytest.raises(RowConflict):
        database.write(lambda connection: connection.execute(sa.update(ITEMS).values(status="LOST")))


def test_a_schema_without_tables_is_unavailable(server: MysqlServer) -> None:
    server.execute("CREATE DATABASE IF NOT EXISTS ocr_bare")
    bare = Database(server.url("ocr_bare"))
    with pytest.raises(DatabaseUnavailable, match="init"):
        bare.check()
    bare.close()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("secret", "hunter2"), "refuses the user or the password"),
        (("ocr:", "hunter2:"), "refuses the user or the password"),
        (("/ocr", "/ocr_hunter2"), "does not exist"),
        (("/ocr", "/hunter2"), "no right to the schema"),
        (("/ocr", "/"), "names no schema"),
        (("127.0.0.1", "hunter2.invalid"), "host in OCR_DATABASE_URL is not known"),
        ((":{port}/", ":1/"), "No database answers at the host and port"),
        (("/ocr", "/ocr?ssl_verify_identity=true"), "TLS"),
    ],
)
def test_what_keeps_a_process_from_its_database_is_named(
    server: MysqlServer, migrated: str, change: tuple[str, str], told: str
) -> None:
    before, after = change
    url = after.join(migrated.rsplit(before.format(port=server.port), 1))
    with closing(Database(url)) as database, pytest.raises(DatabaseUnavailable, match=told) as refused:
        database.check()
    assert "OCR_DATABASE_URL" in str(refused.value)
    assert "hunter2" not in str(refused.value)


def _hold(database: Database, work: Callable[[sa.Connection], object], until: Event) -> Thread:
    """Hold locks in another thread, from the return of this until the event."""
    held = Event()

    def hold(connection: sa.Connection) -> None:
        work(connection)
        held.set()
        until.wait(FOREVER)

    thread = Thread(target=database.write, args=(hold,))
    thread.start()
    assert held.wait(FOREVER)
    return thread


def test_a_lock_that_is_waited_for_too_long_undoes_all_and_is_tried_again(database: Database, other: Database) -> None:
    job = submit(SqlJobs(database), a_draft())
    locked, release, tries = sa.select(JOBS.c.id).where(JOBS.c.id == job.id).with_for_update(), Event(), []
    holder = _hold(other, lambda connection: connection.execute(locked), release)

    def work(connection: sa.Connection) -> None:
        tries.append(1)
        if len(tries) > 1:
            release.set()
        connection.execute(sa.insert(REJECTED).values(message_id="once", body="", at=START))
        connection.execute(locked)

    database.write(work)  # without the first try's end, its row would be in the second's way
    holder.join(FOREVER)
    assert len(tries) == 2


def test_a_lock_that_is_never_given_up_is_not_waited_for_without_end(database: Database, other: Database) -> None:
    job = submit(SqlJobs(database), a_draft())
    locked, release = sa.select(JOBS.c.id).where(JOBS.c.id == job.id).with_for_update(), Event()
    holder = _hold(other, lambda connection: connection.execute(locked), release)
    with within(_AT_MOST), pytest.raises(Busy):
        SqlJobs(database).transact(job.id, lambda _: None)
    release.set()
    holder.join(FOREVER)


def test_of_two_in_a_deadlock_both_succeed(database: Database, other: Database) -> None:
    for number in (1, 2):
        submit(SqlJobs(database), a_draft(number))
    met, tries = [Event(), Event()], []

    def crossing(mine: int) -> Callable[[sa.Connection], None]:
        def work(connection: sa.Connection) -> None:
            tries.append(mine)
            for step in (mine, 1 - mine):
                connection.execute(sa.update(JOBS).where(JOBS.c.id == an_id(step + 1)).values(name=f"by {mine}"))
                met[mine].set()
                met[1 - mine].wait(FOREVER)

        return work

    threads = [Thread(target=one.write, args=(crossing(mine),)) for mine, one in enumerate((database, other))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(FOREVER)
    assert len(tries) == 3
    assert SqlJobs(database).get(an_id(1), "ana").name == SqlJobs(database).get(an_id(2), "ana").name


def test_one_process_at_a_time_is_alone(database: Database, other: Database) -> None:
    release = Event()
    order: list[str] = []

    def first(_: sa.Connection) -> None:
        held.set()
        release.wait(FOREVER)
        order.append("first")

    held = Event()
    thread = Thread(target=lambda: other.write(first, alone_with="queue"))
    thread.start()
    assert held.wait(FOREVER)
    with pytest.raises(Busy):
        database.write(lambda _: order.append("too early"), alone_with="queue")
    release.set()
    database.write(lambda _: order.append("second"), alone_with="queue")
    thread.join(FOREVER)
    assert order == ["first", "second"]
