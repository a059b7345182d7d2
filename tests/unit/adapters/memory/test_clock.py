from datetime import UTC, datetime, timedelta, timezone

import pytest

from adapters.memory.clock import MemoryClock
from ocrcore.testing.clock import ClockContract

START = datetime(2024, 2, 29, 23, 59, 59, tzinfo=UTC)


class TestMemoryClock(ClockContract):
    @pytest.fixture
    def clock(self) -> MemoryClock:
        return MemoryClock(START)


def test_it_stands_still_until_it_is_moved() -> None:
    clock = MemoryClock(START)
    assert clock.now() == clock.now() == START
    clock.advance(timedelta(seconds=1, microseconds=1))
    assert clock.now() == datetime(2024, 3, 1, 0, 0, 0, 1, tzinfo=UTC)


def test_it_may_be_moved_by_nothing() -> None:
    clock = MemoryClock(START)
    clock.advance(timedelta())
    assert clock.now() == START


def test_it_only_goes_forward() -> None:
    clock = MemoryClock(START)
    with pytest.raises(ValueError, match="backwards"):
        clock.advance(-timedelta.resolution)
    assert clock.now() == START


def test_it_begins_in_any_zone_and_tells_utc() -> None:
    clock = MemoryClock(START.astimezone(timezone(timedelta(hours=-3))))
    assert clock.now().isoformat() == "2024-02-29T23:59:59+00:00"


def test_it_does_not_begin_at_a_naive_instant() -> None:
    with pytest.raises(ValueError, match="offset"):
        MemoryClock(START.replace(tzinfo=None))
