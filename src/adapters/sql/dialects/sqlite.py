"""SQLite: one writer at a time, and readers that never wait."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryFile
from threading import Lock
from typing import Final

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from adapters.sql.dialects.dialect import WRITES, Dialect
from adapters.sql.dialects.sqlite_memory import SharedMemory
from adapters.sql.dialects.types import Instant
from adapters.sql.errors import Busy, Fault, UnusableUrl

#: Longest wait of a writer for its turn, and budget for its retries. With the last wait for another process, callers
#: have their result within 5 s.
PATIENCE: Final = timedelta(seconds=3)
#: Longest wait of one try for a writer of another process. The longer one is for schema changes.
_WAIT: Final = timedelta(seconds=1)
_LONG_WAIT: Final = timedelta(seconds=10)
#: Bytes that are written to see whether there is room.
_PROBE: Final = 64 * 1024
_INSTANT: Final = sa.select(sa.literal_column("strftime('%Y-%m-%d %H:%M:%f000', 'now')", Instant))

_FAULTS: Final = {
    sqlite3.SQLITE_BUSY: Fault.BUSY,
    sqlite3.SQLITE_LOCKED: Fault.BUSY,
    sqlite3.SQLITE_FULL: Fault.FULL,
    sqlite3.SQLITE_CONSTRAINT: Fault.CONFLICT,
    sqlite3.SQLITE_ERROR: Fault.BUG,
    sqlite3.SQLITE_RANGE: Fault.BUG,
    sqlite3.SQLITE_MISUSE: Fault.BUG,
    sqlite3.SQLITE_MISMATCH: Fault.BUG,
    sqlite3.SQLITE_TOOBIG: Fault.BUG,
}

#: Why a file cannot be used, with advice, by the family of the driver's code.
_REFUSALS: Final = {
    sqlite3.SQLITE_CANTOPEN: "cannot be opened or made; see that its folder is there, for this user to write",
    sqlite3.SQLITE_NOTADB: "is no SQLite database; move it away, or name another",
    sqlite3.SQLITE_CORRUPT: "is damaged; put a backup in its place, or move it away",
    sqlite3.SQLITE_READONLY: "may not be written; let this user write it, and in its folder",
    sqlite3.SQLITE_FULL: "has no room left on its disk; make some",
    sqlite3.SQLITE_IOERR: "cannot be read or written; see to its disk",
    sqlite3.SQLITE_BUSY: "is held by another program; end that, and try again",
}


class SqliteDialect(Dialect):
    """A file of this machine."""

    def __init__(self) -> None:
        self._writers = Lock()

    @property
    def is_shared(self) -> bool:
        """False: it is a file of one machine."""
        return False

    @property
    def patience(self) -> timedelta:
        """As long as a writer waits for its turn."""
        return PATIENCE

    @property
    def instant(self) -> sa.Select[datetime]:
        """A query for the machine's time, to the millisecond."""
        return _INSTANT

    def values_of(self, column: sa.Column[str]) -> sa.Select[str]:
        """Return a query that skips through the index, from each value to the next."""
        values = sa.select(sa.func.min(column).label("value")).cte("different", recursive=True)
        following = sa.select(sa.func.min(column)).where(column > values.c.value).scalar_subquery()
        values = values.union_all(sa.select(following).where(values.c.value.is_not(None)))
        return sa.select(values.c.value).where(values.c.value.is_not(None))

    def create_engine(self, url: str, *, hurried: bool = True) -> sa.Engine:
        """Return an engine whose transactions begin as this package needs them."""
        if sa.make_url(url).database in {None, "", ":memory:"}:
            msg = "it names no file, as sqlite:////var/lib/ocr/ocr.sqlite3 does"
            raise UnusableUrl(msg)
        engine = sa.create_engine(
            url,
            hide_parameters=True,  # keeps texts and names out of error messages
            pool_size=8,
            max_overflow=32,
            pool_timeout=_WAIT.total_seconds(),
        )
        event.listen(engine, "connect", partial(_prepare, _WAIT if hurried else _LONG_WAIT))
        event.listen(engine, "begin", _begin)
        SharedMemory(engine)
        return engine

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for a lock of this process, because the database's own wait is polling."""
        if not self._writers.acquire(timeout=PATIENCE.total_seconds()):
            msg = "The writers before took too long."
            raise Busy(msg)
        try:
            yield
        finally:
            self._writers.release()

    def alone(self, connection: sa.Connection, what: str) -> AbstractContextManager[None]:  # noqa: ARG002 - the interface
        """Do nothing: there is only one writer at a time."""
        return nullcontext()

    def try_to_write(self, url: str) -> None:
        """Write a file without a name beside the database, as long as a few changes."""
        path = sa.make_url(url).database
        if path is None or path.startswith("file:"):
            return
        with TemporaryFile(dir=Path(path).parent, buffering=0) as file:
            file.write(bytes(_PROBE))

    def fault_of(self, error: BaseException | None) -> Fault:
        """Return the meaning of a driver error, by the family of its code."""
        return _fault_of(error)

    def reason_of(self, error: BaseException | None) -> str | None:  # noqa: ARG002 - the interface
        """Return None: :func:`why_refused` returns the reason, with the name of the file."""
        return None

    def is_schema_missing(self, error: BaseException | None) -> bool:
        """Return whether a statement failed because of a missing table or column."""
        return isinstance(error, sqlite3.OperationalError) and str(error).startswith(
            ("no such table", "no such column")
        )


def file_url(path: Path) -> str:
    """Return the URL of the database in a file."""
    return sa.URL.create("sqlite", database=str(path)).render_as_string()


def why_refused(url: str, error: BaseException) -> str | None:
    """Return why the file of a URL cannot be used, as one sentence for the operator, or None if unknown."""
    cause = error.__cause__
    code = getattr(getattr(cause, "orig", None), "sqlite_errorcode", None)
    what = _REFUSALS.get(_family(code)) if isinstance(code, int) else None
    return None if what is None else f"The database {sa.make_url(url).database} {what}."


def _prepare(wait: timedelta, connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # disables the driver's implicit transactions
    for pragma in (f"busy_timeout={int(wait.total_seconds() * 1000)}", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")
    _switch_to_wal(connection, wait)


def _switch_to_wal(connection: DBAPIConnection, wait: timedelta) -> None:
    """Switch to WAL, with retries: the first connections may conflict, and ``busy_timeout`` does not apply here."""
    end = time.monotonic() + wait.total_seconds()
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if _fault_of(error) is not Fault.BUSY or time.monotonic() > end:
                raise
            time.sleep(0.01)
        else:
            return


def _begin(connection: sa.Connection) -> None:
    """Begin a write with IMMEDIATE, because a read that becomes a write fails if another write came in between."""
    writes = connection.get_execution_options().get(WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _fault_of(error: BaseException | None) -> Fault:
    code = getattr(error, "sqlite_errorcode", None)
    if isinstance(code, int):
        return _FAULTS.get(_family(code), Fault.DOWN)
    return Fault.BUG


def _family(code: int) -> int:
    """Return the family of a code, its low byte. Without room for the file of shared memory the disk is full, too."""
    return sqlite3.SQLITE_FULL if code == sqlite3.SQLITE_IOERR_SHMSIZE else code & 0xFF
