"""Connections and transactions of a database."""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Final, TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from adapters.full_disk import is_full_disk
from adapters.sql.dialects import WRITES, dialect_of, file_url
from adapters.sql.errors import Busy, Fault, Stage, StaleRow, port_error
from adapters.sql.tables import JOBS
from ocrcore.domain.errors import DatabaseUnavailable

T = TypeVar("T")
_TRIES: Final = 3
#: Longest pause before the second try, in seconds. The one before the third may be twice as long.
_PAUSE: Final = 0.05


class Database:
    """One database for all adapters of this package. Safe to share between threads, not with a forked child."""

    def __init__(self, url: str, *, hurried: bool = True) -> None:
        self._url = url
        self.dialect = dialect_of(url)
        self.engine = self.dialect.create_engine(url, hurried=hurried)

    @classmethod
    def in_file(cls, path: Path) -> "Database":
        """Return the database in a file of this machine. The first connection creates the file."""
        return cls(file_url(path))

    @contextmanager
    def unhurried(self) -> Iterator["Database"]:
        """Yield the same database without statement timeouts, for schema changes."""
        database = Database(self._url, hurried=False)
        try:
            yield database
        finally:
            database.close()

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """Yield a connection for reads. Each statement sees one committed state."""
        with self._port_errors(_Progress()), self.engine.connect() as connection:
            yield connection

    def write(self, work: Callable[[sa.Connection], T], *, alone_with: str | None = None) -> T:
        """Run ``work`` in one transaction, commit, and return its result.

        After a conflict with another writer ``work`` is called again from the start, up to three times in all and
        within the dialect's ``patience``, after a random pause that separates the two writers. After a row changed
        since it was read (``StaleRow``) it is called once more. Transactions with an equal ``alone_with`` run one after
        the other.
        """
        end = time.monotonic() + self.dialect.patience.total_seconds()
        with (
            self.dialect.turn()
        ):  # once for all tries: during a conflict with another process, all writers of this one wait
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

    def check_room(self) -> None:
        """Return if there is room for a change, as far as it can be told, else raise ``DatabaseUnavailable``.

        Reads go on where the disk is full, so :meth:`check` does not notice it.
        """
        try:
            self.dialect.try_to_write(self._url)
        except OSError as error:
            fault = Fault.FULL if is_full_disk(error) else Fault.DOWN
            raise port_error(fault, Stage.WORK) or error from error

    def close(self) -> None:
        """Close the idle connections."""
        self.engine.dispose()

    def _try_to_write(self, work: Callable[[sa.Connection], T], alone_with: str | None, end: float) -> T:
        may_be_stale = True
        for tries_left in range(_TRIES - 1, -1, -1):
            try:
                return self._write_once(work, alone_with)
            except Busy:
                if not tries_left or time.monotonic() > end:
                    raise
                time.sleep(random.uniform(0, _PAUSE * (_TRIES - tries_left)))  # noqa: S311 - jitter, not a secret
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
                    connection.invalidate()  # closing the connection ends the transaction, if it is still open
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
            translated = port_error(fault, progress.stage, reason)
            if translated is None:
                raise
            raise translated from error


class _Progress:
    """The stage of a transaction."""

    def __init__(self) -> None:
        self.stage = Stage.WORK
