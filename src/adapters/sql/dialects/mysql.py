"""MySQL 8, as RDS has it, and MariaDB: rows are locked, and the server may be far away, or gone."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from datetime import datetime, timedelta
from typing import Any, Final

import pymysql
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from adapters.sql.dialects.dialect import Dialect
from adapters.sql.dialects.mysql_connection import connect, require_known_options, split_tls
from adapters.sql.dialects.types import Instant
from adapters.sql.errors import Busy, Fault
from ocrcore.domain.errors import DatabaseUnavailable

#: How long a statement waits for a lock, in seconds; a transaction is dropped then, and tried once more.
_LOCK_WAIT: Final = 2
#: How long a statement may take, whatever it waits for in the server, in seconds; longer than for a lock of rows.
_STATEMENT: Final = 4
#: For how long transactions are tried again: with the last wait for a lock, callers have their answer within 5 s.
PATIENCE: Final = timedelta(seconds=3)
#: How long whoever would change the schema waits for another who does, in seconds.
_SCHEMA_WAIT: Final = 300
_STRICT: Final = "STRICT_TRANS_TABLES"
_SQL_MODE: Final = (
    f"{_STRICT},STRICT_ALL_TABLES,ONLY_FULL_GROUP_BY,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,"
    "NO_ENGINE_SUBSTITUTION"
)
#: A process that stands still in a transaction holds its locks until the server has heard nothing for so long.
_SILENCE: Final = 60
_SESSION: Final = (
    f"SET SESSION time_zone='+00:00', SESSION sql_mode='{_SQL_MODE}', SESSION wait_timeout={_SILENCE},"
    f" SESSION innodb_lock_wait_timeout={_LOCK_WAIT}"
)
_INSTANT: Final = sa.select(sa.literal_column("UTC_TIMESTAMP(6)", Instant))
_LOCK_NAME: Final = "CONCAT('ocrcore.', :what, '.', LEFT(SHA2(DATABASE(), 256), 32))"
_LOCK: Final = sa.text(f"SELECT GET_LOCK({_LOCK_NAME}, :seconds)")
_UNLOCK: Final = sa.text(f"SELECT RELEASE_LOCK({_LOCK_NAME})")

#: The server takes no writes, for it is not the writer any more, or is about to end: another connection may do.
_DEMOTED: Final = frozenset({1053, 1290, 1792, 1836})
#: By code; what is not here is judged by its class.
_FAULTS: Final = {
    1020: Fault.BUSY,  # MariaDB: the row has changed since the snapshot
    1205: Fault.BUSY,  # lock wait timeout: only the statement was undone
    1213: Fault.BUSY,  # deadlock: all was undone
    3572: Fault.BUSY,  # a lock that is not waited for
    1048: Fault.CONFLICT,
    1062: Fault.CONFLICT,
    1451: Fault.CONFLICT,
    1452: Fault.CONFLICT,
    3819: Fault.CONFLICT,  # MySQL: a check
    4025: Fault.CONFLICT,  # MariaDB: a check
    1050: Fault.BUG,  # from here on the class says otherwise: a table, column or key exists, or does not
    1054: Fault.BUG,
    1060: Fault.BUG,
    1061: Fault.BUG,
    1091: Fault.BUG,
    1136: Fault.BUG,
    1292: Fault.BUG,
    1305: Fault.BUG,
    1364: Fault.BUG,
}
#: What keeps a process from its database, for its operator; nothing of the URL is shown, which holds a password.
_REASONS: Final = {
    1040: "The database takes no more connections; raise its max_connections, or run fewer processes.",
    1044: "The user in OCR_DATABASE_URL has no right to the schema that it names; grant it.",
    1045: "The database refuses the user or the password in OCR_DATABASE_URL.",
    1046: "OCR_DATABASE_URL names no schema; it ends with /name.",
    1049: "The schema that OCR_DATABASE_URL names does not exist; create it.",
    1142: "The user in OCR_DATABASE_URL lacks a right to a table; grant it all rights to the schema.",
    1698: "The database refuses the user or the password in OCR_DATABASE_URL.",
    2026: "The database speaks no TLS, which OCR_DATABASE_URL asks for.",
}
_NO_CONNECTION: Final = 2003
#: In this order, for the last is the first's kind too.
_NO_CONNECTION_REASONS: Final = (
    (ssl.SSLError, "The database's certificate is not the one that OCR_DATABASE_URL asks for."),
    (socket.gaierror, "The host in OCR_DATABASE_URL is not known."),
    (OSError, "No database answers at the host and port in OCR_DATABASE_URL."),
)
_BUGS: Final = (pymysql.DataError, pymysql.IntegrityError, pymysql.NotSupportedError, pymysql.ProgrammingError)
_NO_SUCH: Final = frozenset({1054, 1146})


class MysqlDialect(Dialect):
    """A server, reached by ``mysql://user:password@host/database``.

    With ``?ssl_ca=FILE`` in the URL the server must show a certificate of that authority, in the name of the host;
    ``ssl_verify_identity=false`` lets the name go. ``ssl_verify_identity=true`` alone asks the system's authorities.
    Without any of them TLS is used where the server has it, and nobody is verified.
    """

    @property
    def is_shared(self) -> bool:
        """It is a server."""
        return True

    @property
    def patience(self) -> timedelta:
        """Shorter than that of callers."""
        return PATIENCE

    @property
    def instant(self) -> sa.Select[datetime]:
        """A query for the server's clock, to the microsecond."""
        return _INSTANT

    def values_of(self, column: sa.Column[str]) -> sa.Select[str]:
        """Return a query whose plan hops through the index by itself, where values repeat often."""
        return sa.select(column).distinct()

    def create_engine(self, url: str, *, hurried: bool = True) -> sa.Engine:
        """Return an engine of READ COMMITTED transactions.

        The first statement of a writing transaction locks the job's row, and every one after it has to see what is
        committed by then. READ COMMITTED does that, and locks no gaps between rows, where jobs that have nothing to
        do with each other would meet.
        """
        bare, tls = split_tls(sa.make_url(url))
        engine = sa.create_engine(
            require_known_options(bare).set(drivername="mysql+pymysql"),  # which server it is, the server says
            hide_parameters=True,  # texts and names do not belong in messages of errors
            isolation_level="READ COMMITTED",
            connect_args={**_arguments(hurried=hurried), **tls},
            pool_size=8,
            max_overflow=32,
            pool_timeout=1,
            pool_pre_ping=True,
            pool_recycle=_SILENCE - 15,
        )
        event.listen(engine, "do_connect", connect)
        event.listen(engine, "connect", _require_strictness)
        event.listen(engine, "handle_error", _leave_the_demoted)
        return engine

    def turn(self) -> AbstractContextManager[None]:
        """Do nothing: writers wait for rows, in the server."""
        return nullcontext()

    @contextmanager
    def alone(self, connection: sa.Connection, what: str) -> Iterator[None]:
        """Hold a lock of the server's, which lasts no longer than the connection."""
        seconds = _SCHEMA_WAIT if what == "schema" else _LOCK_WAIT
        if connection.execute(_LOCK, {"what": what, "seconds": seconds}).scalar() != 1:
            msg = "Another process does the same, and does not end."
            raise Busy(msg)
        try:
            yield
        finally:
            if not connection.invalidated:
                connection.rollback()  # what was not committed
                connection.execute(_UNLOCK, {"what": what})

    def fault_of(self, error: BaseException | None) -> Fault:
        """Return what an error of the driver means: by its code, else by its class."""
        if not isinstance(error, pymysql.Error):
            return Fault.BUG
        by_class = Fault.BUG if isinstance(error, _BUGS) else Fault.DOWN
        return _FAULTS.get(_code(error), by_class)

    def reason_of(self, error: BaseException | None) -> str | None:
        """Return what a code says, and of an attempt to connect what came in its way."""
        if not isinstance(error, pymysql.Error):
            return None
        if _code(error) == _NO_CONNECTION:
            cause = getattr(error, "original_exception", None)
            return next((reason for kind, reason in _NO_CONNECTION_REASONS if isinstance(cause, kind)), None)
        return _REASONS.get(_code(error))

    def is_schema_missing(self, error: BaseException | None) -> bool:
        """Tell whether a statement failed for want of a table or column."""
        return isinstance(error, pymysql.Error) and _code(error) in _NO_SUCH


def _arguments(*, hurried: bool) -> dict[str, Any]:
    return {
        "charset": "utf8mb4",
        "connect_timeout": 3,
        "read_timeout": _STATEMENT if hurried else None,
        "write_timeout": _STATEMENT,
        "local_infile": False,
        "init_command": _SESSION,
    }


def _code(error: pymysql.Error) -> int:
    code = error.args[0] if error.args else None
    return code if isinstance(code, int) else 0


def _require_strictness(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    """What stands between us and the server may have its own idea of a session; a text that was cut is never told."""
    with closing(connection.cursor()) as cursor:
        cursor.execute("SELECT @@SESSION.sql_mode, @@SESSION.time_zone")
        mode, zone = cursor.fetchone() or ("", "")
    if _STRICT not in mode or zone != "+00:00":
        msg = "The database does not keep strict mode, or not UTC."
        raise DatabaseUnavailable(msg)


def _leave_the_demoted(context: sa.ExceptionContext) -> None:
    """After a failover every connection to the old writer is useless, though it stands."""
    error = context.original_exception
    if isinstance(error, pymysql.Error) and _code(error) in _DEMOTED:
        context.is_disconnect = True
