"""The database's clock, which gives all processes of the service the same time."""

import time
from datetime import datetime, timedelta
from threading import Lock
from typing import Final

import sqlalchemy as sa
from sqlalchemy import event

from adapters.sql.database import Database
from ocrcore.ports.clock import Clock

#: Age of a measurement at which the next transaction takes another, in seconds.
_FRESH: Final = 60.0
#: Longest duration of an accurate measurement, in seconds. A slower one is used only if there is no other.
_QUICK: Final = 1.0


class DatabaseClock(Clock):
    """The database's time, continued on this machine's monotonic clock.

    The database's clock is read on construction, and then by a transaction that begins anyway, at most once a minute
    and before it takes any locks. ``now`` itself never queries the database. While the database is unavailable, the
    last measurement stays in use.
    """

    def __init__(self, database: Database) -> None:
        self._query = database.dialect.instant
        self._lock = Lock()
        self._due = 0.0
        with database.reading() as connection:
            self._measured = self._read(connection)
        self._due = time.monotonic() + _FRESH
        event.listen(database.engine, "begin", self._measure)

    def now(self) -> datetime:
        """Return the database's time, accurate to half a round trip."""
        instant, at = self._measured
        return instant + timedelta(seconds=time.monotonic() - at)

    def _measure(self, connection: sa.Connection) -> None:
        with self._lock:
            begun = time.monotonic()
            if begun < self._due:
                return
            self._due = begun + _FRESH
        measured = self._read(connection)
        if time.monotonic() - begun < _QUICK:
            self._measured = measured

    def _read(self, connection: sa.Connection) -> tuple[datetime, float]:
        before = time.monotonic()
        instant = connection.execute(self._query).scalar_one()
        return instant, (before + time.monotonic()) / 2
