"""MySQL 8, as on RDS, and MariaDB: row locks, and a server that may be remote or unavailable."""

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

#: Longest wait of a statement for a lock, in seconds. The transaction is rolled back then, and tried again.
_LOCK_WAIT: Final = 2
#: Longest duration of a statement with all waits in the server, in seconds. Longer than the wait for row locks.
_STATEMENT: Final = 4
#: Budget for retries of a transaction. With the last wait for a lock, callers have their result within 5 s.
PATIENCE: Final = timedelta(seconds=3)
#: Longest wait of a schema change for another one, in seconds.
_SCHEMA_WAIT: Final = 300
_STRICT: Final = "STRICT_TRANS_TABLES"
_SQL_MODE: Final = (
    f"{_STRICT},STRICT_ALL_TABLES,ONLY_FULL_GROUP_BY,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,"
    "NO_ENGINE_SUBSTITUTION"
)
#: Longest inactivity of a session, in seconds. A process that hangs in a transaction holds its locks until then.
_IDLE_TIMEOUT: Final = 60
_SESSION: Final = (
    f"SET SESSION time_zone='+00:00', SESSION sql_mode='{_SQL_MODE}', SESSION wait_timeout={_IDLE_TIMEOUT},"
    f" SESSION innodb_lock_wait_timeout={_LOCK_WAIT}"
)
_INSTANT: Final = sa.select(sa.literal_column("UTC_TIMESTAMP(6)", Instant))
_LOCK_NAME: Final = "CONCAT('ocrcore.', :what, '.', LEFT(SHA2(DATABASE(), 256), 32))"
_LOCK: Final = sa.text(f"SELECT GET_LOCK({_LOCK_NAME}, :seconds)")
_UNLOCK: Final = sa.text(f"SELECT RELEASE_LOCK({_LOCK_NAME})")

#: The server accepts no writes, because it was demoted or is shutting down. Another connection may succeed.
_DEMOTED: Final = frozenset({1053, 1290, 1792, 1836})
#: By error code. Other codes are classified by the class of the error.
_FAULTS: Final = {
    1020: Fault.BUSY,  # MariaDB: the row has changed since the snapshot
    1205: Fault.BUSY,  # lock wait timeout: only the statement was rolled back
    1213: Fault.BUSY,  # deadlock: the transaction was rolled back
    3572: Fault.BUSY,  # a lock with NOWAIT
    3: Fault.FULL,  # the server cannot write a file
    1021: Fault.FULL,
    1114: Fault.FULL,
    1048: Fault.CONFLICT,
    1062: Fault.CONFLICT,
    1451: Fault.CONFLICT,
    1452: Fault.CONFLICT,
    3819: Fault.CONFLICT,  # MySQL: a check
    4025: Fault.CONFLICT,  # MariaDB: a check
    1050: Fault.BUG,  # from here on the class is misleading: a table, column or key exists, or is missing
    1054: Fault.BUG,
    1060: Fault.BUG,
    1061: Fault.BUG,
    1091: Fault.BUG,
    1136: Fault.BUG,
    1292: Fault.BUG,
    1305: Fault.BUG,
    1364: Fault.BUG,
}
#: Sentences for the operator. They contain nothing of the URL, which has a password.
_REASONS: Final = {
    1040: "The database takes no more connections; raise its max_connections, or run fewer processes.",
    1044: "The user in OCR_DATABASE_URL has no right to the schema that it names; grant it.",
    1045: "The database refuses the user or the password in OCR_DATABASE_URL.",
    1046: "OCR_DATABASE_URL names no schema; it ends with /name.",
    1049: "The schema that OCR_DATABASE_URL names does not exist; create it.",
    1142: (
        "The user in OCR_DATABASE_URL lacks a right to a table; grant what the files in deploy/mysql of this release"
        " name, again after each upgrade."
    ),
    1698: "The database refuses the user or the password in OCR_DATABASE_URL.",
    2026: (
        "The database in OCR_DATABASE_URL speaks no TLS, which is required of it; switch it on there, or set"
        " OCR_DATABASE_TLS=best if nobody else can use the network between."
    ),
}
_NO_CONNECTION: Final = 2003
_OTHER_HOST: Final = (
    "The database's certificate is for another host than the one in OCR_DATABASE_URL; write there the name that is in"
    " the certificate."
)
#: By OpenSSL's code for the result of a verification (X509_V_ERR_...).
_CERTIFICATE_REASONS: Final = {
    9: "The database's certificate is not valid yet; set this machine's clock, or renew the certificate.",
    10: "The database's certificate has expired; renew it, or set this machine's clock.",
    62: _OTHER_HOST,
    64: _OTHER_HOST,
}
_OTHER_CERTIFICATE: Final = (
    "The database's certificate is of no authority that this machine trusts; name the file of its authority in"
    " OCR_DATABASE_CA, for RDS the bundle of its region."
)
#: In this order, because ``OSError`` is a base class of the others.
_NO_CONNECTION_REASONS: Final = (
    (ssl.SSLCertVerificationError, _OTHER_CERTIFICATE),
    (ssl.SSLError, "The database and this machine agree on no version of TLS; allow TLS 1.2 or later there."),
    (socket.gaierror, "The host in OCR_DATABASE_URL is not known."),
    (OSError, "No database answers at the host and port in OCR_DATABASE_URL."),
)
_BUGS: Final = (pymysql.DataError, pymysql.IntegrityError, pymysql.NotSupportedError, pymysql.ProgrammingError)
_NO_SUCH: Final = frozenset({1054, 1146})


class MysqlDialect(Dialect):
    """A server at ``mysql://user:password@host/database``.

    With ``?ssl_ca=FILE`` in the URL the server must present a certificate of that authority for its host name.
    ``ssl_verify_identity=false`` disables the check of the name. ``ssl_verify_identity=true`` alone uses the system's
    authorities. Without these options TLS is used if the server supports it, and the server is not verified.
    """

    @property
    def is_shared(self) -> bool:
        """True: it is a server."""
        return True

    @property
    def patience(self) -> timedelta:
        """Shorter than the timeouts of callers."""
        return PATIENCE

    @property
    def instant(self) -> sa.Select[datetime]:
        """A query for the server's time, to the microsecond."""
        return _INSTANT

    def values_of(self, column: sa.Column[str]) -> sa.Select[str]:
        """Return a query whose plan skips through the index by itself, if values repeat often."""
        return sa.select(column).distinct()

    def create_engine(self, url: str, *, hurried: bool = True) -> sa.Engine:
        """Return an engine of READ COMMITTED transactions.

        The first statement of a writing transaction locks the job's row, and every later one must see all that is
        committed by then. READ COMMITTED does that. It also takes no locks on gaps between rows, which would make
        transactions of unrelated jobs wait for each other.
        """
        bare, tls = split_tls(sa.make_url(url))
        engine = sa.create_engine(
            require_known_options(bare).set(drivername="mysql+pymysql"),  # the server reports which of the two it is
            hide_parameters=True,  # keeps texts and names out of error messages
            isolation_level="READ COMMITTED",
            connect_args={**_arguments(hurried=hurried), **tls},
            pool_size=8,
            max_overflow=32,
            pool_timeout=1,
            pool_pre_ping=True,
            pool_recycle=_IDLE_TIMEOUT - 15,
        )
        event.listen(engine, "do_connect", connect)
        event.listen(engine, "connect", _require_strictness)
        event.listen(engine, "handle_error", _leave_the_demoted)
        return engine

    def turn(self) -> AbstractContextManager[None]:
        """Do nothing: writers wait for row locks in the server."""
        return nullcontext()

    @contextmanager
    def alone(self, connection: sa.Connection, what: str) -> Iterator[None]:
        """Hold a named lock of the server, which ends with the connection at the latest."""
        seconds = _SCHEMA_WAIT if what == "schema" else _LOCK_WAIT
        if connection.execute(_LOCK, {"what": what, "seconds": seconds}).scalar() != 1:
            msg = "Another process does the same, and does not end."
            raise Busy(msg)
        try:
            yield
        finally:
            if not connection.invalidated:
                connection.rollback()  # any uncommitted changes
                connection.execute(_UNLOCK, {"what": what})

    def try_to_write(self, url: str) -> None:
        """Do nothing: its disk is the server's."""

    def fault_of(self, error: BaseException | None) -> Fault:
        """Return the meaning of a driver error: by its code, else by its class."""
        if not isinstance(error, pymysql.Error):
            return Fault.BUG
        by_class = Fault.BUG if isinstance(error, _BUGS) else Fault.DOWN
        return _FAULTS.get(_code(error), by_class)

    def reason_of(self, error: BaseException | None) -> str | None:
        """Return the sentence for an error code, or for the cause of a failed connection."""
        if not isinstance(error, pymysql.Error):
            return None
        if _code(error) == _NO_CONNECTION:
            cause = getattr(error, "original_exception", None)
            if isinstance(cause, ssl.SSLCertVerificationError):
                return _CERTIFICATE_REASONS.get(cause.verify_code, _OTHER_CERTIFICATE)
            return next((reason for kind, reason in _NO_CONNECTION_REASONS if isinstance(cause, kind)), None)
        return _REASONS.get(_code(error))

    def is_schema_missing(self, error: BaseException | None) -> bool:
        """Return whether a statement failed because of a missing table or column."""
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
    """Refuse a session without strict mode or UTC. A proxy may change both, and a truncated text raises no error."""
    with closing(connection.cursor()) as cursor:
        cursor.execute("SELECT @@SESSION.sql_mode, @@SESSION.time_zone")
        mode, zone = cursor.fetchone() or ("", "")
    if _STRICT not in mode or zone != "+00:00":
        msg = "The database does not keep strict mode, or not UTC."
        raise DatabaseUnavailable(msg)


def _leave_the_demoted(context: sa.ExceptionContext) -> None:
    """Discard the pooled connections after a failover: they are open, but lead to the old writer."""
    error = context.original_exception
    if isinstance(error, pymysql.Error) and _code(error) in _DEMOTED:
        context.is_disconnect = True
