"""Connections and transactions."""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Final, TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from adapters.sql.dialects import WRITES, dialect_of, file_url
from adapters.sql.errors import Busy, Fault, Stage, StaleRow, port_error
from adapters.sql.tables import JOBS
from ocrcore.domain.errors import DatabaseUnavailable

T = TypeVar("T")
_TRIES: Final = 3
#: Longest pause before the second try, in seconds; that before the third may be twice as long.
_PAUSE: Final = 0.05


class Database:
    """One database, for every adapter of this package; safe to share between threads, not with a forked child."""

    def __init__(self, url: str, *, hurried: bool = True) -> None:
        self._url = url
        self.dialect = dialect_of(url)
        self.engine = self.dialect.create_engine(url, hurried=hurried)

    @classmethod
    def in_file(cls, path: Path) -> "Database":
        """Return the database in a file of this machine, which is made by the first connection."""
        return cls(file_url(path))

    @contextmanager
    def unhurried(self) -> Iterator["Database"]:
        """Give the same database without time-outs of statements, for changes of its schema."""
        patient = Database(self._url, hurried=False)
        try:
            yield patient
        finally:
            patient.close()

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """Give a connection that writes nothing, and each of whose statements sees one committed state."""
        with self._port_errors(_Progress()), self.engine.connect() as connection:
            yield connection

    def write(self, work: Callable[[sa.Connection], T], *, alone_with: str | None = None) -> T:
        """Let ``work`` write in one transaction, commit, and return its answer.

        ``work`` is called again from the start after a transaction that was dropped because of another writer, a
        few times while the dialect's patience lasts, after a pause that differs from that of whoever was in the way,
        and once after it met a row that another changed. Transactions that are ``alone_with`` the same thing come one
        after the other.
        """
        end = time.monotonic() + self.dialect.patience.total_seconds()
        with self.dialect.turn():  # once for all tries: while another process is in the way, all writers here wait
            return self._try_to_write(work, alone_with, end)

    def check(self) -> None:
        """Return if the tables can be read, else raise ``DatabaseUnavailable``."""
        try:
            with self.reading() as connection:
                connection.execute(sa.select(JOBS.c.id).limit(1))
        except DBAPIError as error:
            if self.dialect.is_schema_missing(error.orig):
                msg = "The database has no tables; run init."
                raise DatabaseUnavailable(msg) from error
            raise

    def close(self) -> None:
        """Close the connections that nobody uses."""
        self.engine.dispose()

    def _try_to_write(self, work: Callable[[sa.Connection], T], alone_with: str | None, end: float) -> T:
        may_be_stale = True
        for tries_left in range(_TRIES - 1, -1, -1):
            try:
                return self._write_once(work, alone_with)
            except Busy:
                if not tries_left or time.monotonic() > end:
                    raise
                time.sleep(random.uniform(0, _PAUSE * (_TRIES - tries_left)))  # noqa: S311 - keeps no secret
            except StaleRow:
                if not tries_left or not may_be_stale:
                    raise
                may_be_stale = False
        raise AssertionError  # pragma: no cover - the last try returns or raises

    def _write_once(self, work: Callable[[sa.Connection], T], alone_with: str | None) -> T:
        progress = _Progress()
        with self._port_errors(progress), self.engine.connect() as connection:
            connection.execution_options(**{WRITES: True})
            connection.begin()
            with nullcontext() if alone_with is None else self.dialect.alone(connection, alone_with):
                answer = work(connection)
                progress.stage = Stage.COMMIT
                try:
                    connection.commit()
                except BaseException:
                    connection.invalidate()  # it may hold the transaction still; closed, it cannot
                    raise
            return answer

    @contextmanager
    def _port_errors(self, progress: "_Progress") -> Iterator[None]:
        try:
            yield
        except PoolTimeout as error:
            raise port_error(Fault.DOWN, Stage.WORK) or error from error
        except DBAPIError as error:
            fault, reason = self.dialect.fault_of(error.orig), self.dialect.reason_of(error.orig)
            promised = port_error(fault, progress.stage, reason)
            if promised is None:
                raise
            raise promised from error


class _Progress:
    """How far a transaction is."""

    def __init__(self) -> None:
        self.stage = Stage.WORK
