"""The database's clock, so that every process of the service has the same time."""

import time
from datetime import datetime, timedelta
from threading import Lock
from typing import Final

import sqlalchemy as sa
from sqlalchemy import event

from adapters.sql.database import Database
from ocrcore.ports.clock import Clock

#: How old a measurement may be before the next transaction takes another, in seconds.
_FRESH: Final = 60.0
#: A measurement that took longer says too little, unless there is none, in seconds.
_QUICK: Final = 1.0


class DatabaseClock(Clock):
    """Runs by this machine's steady clock from an instant that the database told.

    The database is asked when this is made, and then by a transaction that begins anyway, at most once a minute and
    before it locks anything; to ask for the time asks nobody. While the database is away the last instant counts.
    """

    def __init__(self, database: Database) -> None:
        self._query = database.dialect.instant
        self._lock = Lock()
        self._due = 0.0
        with database.reading() as connection:
            self._told = self._ask(connection)
        self._due = time.monotonic() + _FRESH
        event.listen(database.engine, "begin", self._measure)

    def now(self) -> datetime:
        """Return the database's time, as far as it is known here: to half of a round trip."""
        instant, at = self._told
        return instant + timedelta(seconds=time.monotonic() - at)

    def _measure(self, connection: sa.Connection) -> None:
        with self._lock:
            begun = time.monotonic()
            if begun < self._due:
                return
            self._due = begun + _FRESH
        told = self._ask(connection)
        if time.monotonic() - begun < _QUICK:
            self._told = told

    def _ask(self, connection: sa.Connection) -> tuple[datetime, float]:
        before = time.monotonic()
        instant = connection.execute(self._query).scalar_one()
        return instant, (before + time.monotonic()) / 2
