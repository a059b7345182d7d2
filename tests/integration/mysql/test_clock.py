import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pymysql
import pytest
import sqlalchemy as sa

from adapters.sql.clock import DatabaseClock
from adapters.sql.database import Database
from ocrcore.domain.errors import DatabaseUnavailable
from ocrcore.testing.clock import ClockContract
from ocrcore.testing.patience import FOREVER


class TestDatabaseClock(ClockContract):
    @pytest.fixture
    def clock(self, database: Database) -> DatabaseClock:
        return DatabaseClock(database)


@pytest.fixture
def wrong(migrated: str) -> Iterator[Database]:
    """A database whose clock stands still in another year."""
    database = Database(migrated)

    @sa.event.listens_for(database.engine, "connect")
    def set_clock(connection: sa.PoolProxiedConnection, _: object) -> None:
        cursor = connection.cursor()
        cursor.execute("SET timestamp=1000000000.25")
        cursor.close()

    yield database
    database.close()


_WRONG = datetime.fromtimestamp(1_000_000_000.25, UTC)


class Watch:
    """Tells how long ago it was made: no clock that was set since then may be further from the truth."""

    def __init__(self) -> None:
        self._begun = time.monotonic()

    @property
    def elapsed(self) -> timedelta:
        return timedelta(seconds=time.monotonic() - self._begun)


def test_two_connections_have_one_time(database: Database, other: Database) -> None:
    watch = Watch()
    first, second = DatabaseClock(database), DatabaseClock(other)
    assert abs(first.now() - second.now()) < watch.elapsed


def test_the_databases_time_counts_not_the_machines(wrong: Database) -> None:
    watch = Watch()
    first = (clock := DatabaseClock(wrong)).now()
    assert timedelta() <= first - _WRONG < watch.elapsed
    assert first < clock.now() < _WRONG + watch.elapsed


def _statements(database: Database) -> list[str]:
    seen: list[str] = []
    sa.event.listen(database.engine, "before_cursor_execute", lambda *event: seen.append(event[2]))
    return seen


def test_asking_for_the_time_asks_nobody_and_a_transaction_once_a_minute(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = DatabaseClock(database)
    seen = _statements(database)
    for _ in range(3):
        clock.now()
        database.check()
    assert len(seen) == 3
    monkeypatch.setattr(clock, "_due", 0.0)  # a minute later
    for _ in range(3):
        clock.now()
        database.check()
    assert len(seen) == 7
    assert ["UTC_TIMESTAMP" in statement for statement in seen] == [False] * 3 + [True] + [False] * 3


def test_a_new_measurement_counts(database: Database, wrong: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    clock, watch = DatabaseClock(database), Watch()
    monkeypatch.setattr(clock, "_due", 0.0)
    monkeypatch.setattr("adapters.sql.clock._QUICK", FOREVER)
    with wrong.reading() as connection:
        clock._measure(connection)
    assert abs(clock.now() - _WRONG) < watch.elapsed


def test_a_slow_measurement_does_not(database: Database, wrong: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    clock, watch = DatabaseClock(database), Watch()
    before = clock.now()
    monkeypatch.setattr(clock, "_due", 0.0)
    monkeypatch.setattr("adapters.sql.clock._QUICK", 0.0)
    with wrong.reading() as connection:
        clock._measure(connection)
    assert before < clock.now() < before + watch.elapsed


def test_a_database_that_is_away_keeps_the_last_time(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    clock, watch = DatabaseClock(database), Watch()
    before = clock.now()

    def lose(*_: object) -> None:
        raise sa.exc.OperationalError(None, {}, pymysql.OperationalError(2013, "simulated"))

    sa.event.listen(database.engine, "before_cursor_execute", lose)
    monkeypatch.setattr(clock, "_due", 0.0)
    with pytest.raises(DatabaseUnavailable):
        database.check()
    assert before < clock.now() < before + watch.elapsed
