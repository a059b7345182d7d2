import logging
import threading
import time

import pytest

from entrypoints.worker.loops import Bell, Loop
from ocrcore.domain.errors import DatabaseUnavailable


@pytest.mark.parametrize(("error", "level"), [(DatabaseUnavailable("Away."), "WARNING"), (KeyError("bug"), "ERROR")])
def test_a_loop_outlives_what_its_step_raises(
    error: Exception, level: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("entrypoints.worker.loops._REST", 0.001)
    steps = []

    def step() -> float:
        steps.append("step")
        if len(steps) == 1:
            raise error
        loop.stop()
        return 0.0

    loop = Loop("tried", step)
    with caplog.at_level(logging.WARNING):
        loop.start()
        assert loop.join(5)
    assert [record.levelname for record in caplog.records] == [level]
    assert len(steps) == 2


def test_a_bell_wakes_whoever_waits() -> None:
    bell, rung = Bell(), threading.Event()
    waiting = threading.Thread(target=lambda: bell.wait(rung.is_set, 30))
    waiting.start()
    rung.set()
    bell.ring()
    waiting.join(5)
    assert not waiting.is_alive()


def test_a_bell_that_is_closed_keeps_nobody_waiting() -> None:
    bell = Bell()
    bell.close()
    begun = time.monotonic()
    bell.wait(lambda: False, 30)
    assert time.monotonic() - begun < 5
