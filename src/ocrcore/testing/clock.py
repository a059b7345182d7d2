"""The contract of ``Clock``."""

from datetime import timedelta

import pytest

from ocrcore.ports.clock import Clock


class ClockContract:
    """The contract of ``Clock``. Override the fixture ``clock``."""

    @pytest.fixture
    def clock(self) -> Clock:
        """Return the clock under test."""
        raise NotImplementedError

    def test_an_instant_is_aware_and_in_utc(self, clock: Clock) -> None:
        assert clock.now().utcoffset() == timedelta()
        assert clock.now().tzname() == "UTC"

    def test_asking_does_not_turn_time_back(self, clock: Clock) -> None:
        instants = [clock.now() for _ in range(100)]
        assert instants == sorted(instants)
