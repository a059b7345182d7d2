import logging

import pytest

from entrypoints.worker.loops import Loop
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
