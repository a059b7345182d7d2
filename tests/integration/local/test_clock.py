import time

import pytest

from adapters.local.clock import SystemClock
from ocrcore.testing.clock import ClockContract


class TestSystemClock(ClockContract):
    @pytest.fixture
    def clock(self) -> SystemClock:
        return SystemClock()


def test_it_tells_the_machines_time() -> None:
    before = time.time()
    now = SystemClock().now().timestamp()
    assert before - 0.001 <= now <= time.time() + 0.001
