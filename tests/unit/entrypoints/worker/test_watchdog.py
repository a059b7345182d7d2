"""A process is reported alive for as long as each of its loops moves."""

import threading
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from entrypoints.service_manager import ServiceManager
from entrypoints.worker.loops import Loop
from entrypoints.worker.pulse import Pulse, frozen
from entrypoints.worker.watchdog import Watchdog
from notify_socket import NotifySocket, notify_socket
from ocrcore.testing.patience import FOREVER, eventually


def test_a_pulse_is_frozen_when_its_step_takes_too_long() -> None:
    now = [100.0]
    pulse = Pulse("upkeep", 10.0, lambda: now[0])
    assert pulse.frozen_for is None  # it has not begun
    pulse.moved()
    now[0] += 10
    assert frozen([pulse]) == {}
    now[0] += 1
    assert frozen([pulse]) == {"upkeep": 11.0}
    pulse.moved()
    assert frozen([pulse]) == {}
    now[0] += 20
    pulse.rest()
    assert frozen([pulse]) == {}


def _watchdog(listening: NotifySocket, hanging: Mapping[str, float]) -> Watchdog:
    manager = ServiceManager(listening.address, timedelta(seconds=0.3))
    return Watchdog(manager, frozen=lambda: hanging, status=lambda: "Reading 1 page.")


def test_a_process_says_what_it_does_from_start_to_stop(tmp_path: Path) -> None:
    with notify_socket(tmp_path) as listening:
        watchdog = _watchdog(listening, {})
        watchdog.report()
        watchdog.ready()
        assert watchdog.report() == pytest.approx(0.1)
        watchdog.stopping()
        watchdog.stopping()
        watchdog.report()
        assert listening.empty() == [
            {"WATCHDOG": "1", "STATUS": "Starting. Reading 1 page."},
            {"READY": "1", "STATUS": "Reading 1 page."},
            {"WATCHDOG": "1", "STATUS": "Reading 1 page."},
            {"STOPPING": "1", "STATUS": "Stopping. Reading 1 page."},
            {"WATCHDOG": "1", "STATUS": "Stopping. Reading 1 page."},
        ]


def test_a_process_with_a_loop_that_hangs_is_not_reported_alive(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The loop is a real one, whose step does not return."""
    hangs = threading.Event()
    loop = Loop("heartbeat", lambda: float(hangs.wait(FOREVER)), longest=0.05)
    with notify_socket(tmp_path) as listening:
        manager = ServiceManager(listening.address, timedelta(seconds=0.3))
        watchdog = Watchdog(manager, frozen=lambda: frozen([loop.pulse]), status=lambda: "Reading.")
        watchdog.start()
        assert "WATCHDOG" in listening.next()
        loop.start()
        assert eventually(lambda: loop.pulse.frozen_for is not None)
        listening.empty()
        told = [listening.next() for _ in range(3)]
        assert [list(one) for one in told[1:]] == [["STATUS"], ["STATUS"]]  # the first may have been on its way
        assert told[2]["STATUS"].startswith("Does not move: heartbeat for ")
        lines = [record for record in caplog.records if record.message == "a loop of this process does not move"]
        assert [record.__dict__["loops"] for record in lines] == ["heartbeat"]
        loop.stop()
        hangs.set()
        assert loop.join(FOREVER)
        assert listening.next_with("WATCHDOG")
        watchdog.end()


def test_without_a_service_manager_there_is_no_thread_for_it() -> None:
    before = threading.active_count()
    watchdog = Watchdog(ServiceManager(), frozen=dict, status=str)
    watchdog.start()
    assert threading.active_count() == before
    watchdog.end()
