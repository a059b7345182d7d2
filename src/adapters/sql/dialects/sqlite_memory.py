"""SQLite's shared memory: the file ``-shm``, which every connection needs, also one that only reads."""

import sqlite3
from contextlib import suppress
from threading import Lock

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry


class SharedMemory:
    """Keeps one connection of an engine open, which does nothing, until the engine is disposed of.

    The last connection that closes removes the file. On a full disk the next connection cannot make it again, and then
    nothing could be read any more. Connections of a pool close whenever a write fails.
    """

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._kept: DBAPIConnection | None = None
        self._lock = Lock()
        event.listen(engine, "connect", self._keep)
        event.listen(engine, "engine_disposed", self._close)

    def _keep(self, _: DBAPIConnection, __: ConnectionPoolEntry) -> None:
        with self._lock, suppress(sqlite3.Error):  # the next connection tries again
            if self._kept is None:
                arguments, options = self._engine.dialect.create_connect_args(self._engine.url)
                kept = self._engine.dialect.connect(*arguments, **options)
                try:
                    kept.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchall()  # opens the file
                except BaseException:
                    kept.close()
                    raise
                self._kept = kept

    def _close(self, _: sa.Engine) -> None:
        with self._lock:
            if self._kept is not None:
                self._kept.close()
                self._kept = None
