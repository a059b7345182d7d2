import logging
import threading

import pytest

from entrypoints.worker.loops import Loop, Notifier
from ocrcore.domain.errors import DatabaseUnavailable
from ocrcore.testing.patience import FOREVER, within


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
        assert loop.join(FOREVER)
    assert [record.levelname for record in caplog.records] == [level]
    assert len(steps) == 2


def test_a_notifier_wakes_the_threads_that_wait() -> None:
    notifier, condition = Notifier(), threading.Event()
    waiting = threading.Thread(target=lambda: notifier.wait(condition.is_set, 2 * FOREVER))
    waiting.start()
    condition.set()
    notifier.notify()
    waiting.join(FOREVER)
    assert not waiting.is_alive()


def test_a_closed_notifier_returns_at_once() -> None:
    notifier = Notifier()
    notifier.close()
    with within(5):
        notifier.wait(lambda: False, 2 * FOREVER)
