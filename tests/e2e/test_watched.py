"""Processes as a service manager, a load balancer and Prometheus see them."""

import os
import re
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from e2e.house import House, Running, finished, submit
from notify_socket import NotifySocket, notify_socket
from ocrcore.testing.patience import FOREVER, eventually
from processes import stands_still

ROOT = Path(__file__).parents[2]
_WATCHED = {"WATCHDOG_USEC": "3000000"}
_HEALTH = {"OCR_WORKER_HEALTH": "127.0.0.1:0"}


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[NotifySocket]:
    with notify_socket(tmp_path) as manager:
        yield manager


def _health_of(worker: Running) -> str:
    return worker.url  # the first that its log names


def _silent_while_stopped(running: Running, manager: NotifySocket) -> None:
    """A process that stands still is not reported alive, and is when it goes on."""
    os.kill(running.process.pid, signal.SIGSTOP)
    assert eventually(lambda: stands_still(running.process.pid))
    manager.empty()
    time.sleep(3)  # longer than the service manager waits
    assert manager.empty() == []
    os.kill(running.process.pid, signal.SIGCONT)
    assert manager.next_with("WATCHDOG")


def test_a_service_manager_follows_a_service(house: House, manager: NotifySocket) -> None:
    running = house.serve("--slots", "1", NOTIFY_SOCKET=manager.address, **_WATCHED)
    assert manager.next_with("READY")["STATUS"].startswith(f"Answering on {running.url}.")
    assert httpx.get(f"{running.url}/health/live", timeout=FOREVER).is_success
    assert "Waiting for pages." in manager.next_with("WATCHDOG")["STATUS"]
    _silent_while_stopped(running, manager)
    running.process.send_signal(signal.SIGTERM)
    assert manager.next_with("STOPPING")["STATUS"].startswith("Stopping.")
    assert running.process.wait(FOREVER) == 0


def test_a_service_manager_follows_a_worker(house: House, manager: NotifySocket) -> None:
    running = house.start("worker", "--slots", "1", NOTIFY_SOCKET=manager.address, **_WATCHED)
    assert manager.next_with("READY") == {"READY": "1", "STATUS": "Waiting for pages."}
    _silent_while_stopped(running, manager)
    running.process.send_signal(signal.SIGTERM)
    assert manager.next_with("STOPPING")["STATUS"].startswith("Stopping.")
    assert running.process.wait(FOREVER) == 0


def test_a_worker_tells_a_load_balancer_how_it_is(house: House) -> None:
    url = _health_of(house.start("worker", "--slots", "1", **_HEALTH))
    assert httpx.get(f"{url}/health/live", timeout=FOREVER).json() == {"status": "ok"}
    assert eventually(lambda: httpx.get(f"{url}/health/ready", timeout=FOREVER).status_code == 200)
    assert httpx.get(f"{url}/api/v1/jobs", timeout=FOREVER).status_code == 404


def test_a_worker_on_every_address_keeps_its_metrics_to_itself_unless_they_are_open(house: House) -> None:
    closed = _health_of(house.start("worker", "--slots", "1", OCR_WORKER_HEALTH="0.0.0.0:0"))
    assert httpx.get(f"{closed}/metrics", timeout=FOREVER).status_code == 404
    opened = _health_of(house.start("worker", "--slots", "1", OCR_WORKER_HEALTH="0.0.0.0:0", OCR_OPEN="metrics"))
    assert "ocr_frozen_loops 0.0" in httpx.get(f"{opened}/metrics", timeout=FOREVER).text


def test_a_port_that_is_taken_is_one_line(house: House) -> None:
    url = _health_of(house.start("worker", "--slots", "1", **_HEALTH))
    address = url.removeprefix("http://")
    refused = house.run("worker", "--slots", "1", OCR_WORKER_HEALTH=address)
    assert refused.returncode == 2
    assert "choose another with OCR_WORKER_HEALTH." in refused.stderr.splitlines()[-1]


def _exposed(url: str) -> set[str]:
    """Return the names of our own metrics, without the ending of counters."""
    text = httpx.get(f"{url}/metrics", timeout=FOREVER).text
    names = {family.name.removesuffix("_total") for family in text_string_to_metric_families(text)}
    return {name for name in names if name.startswith("ocr_")}


def _documented() -> dict[str, set[str]]:
    """Return the metrics of ``serve`` and of ``worker`` as the operator's table has them."""
    table = (ROOT / "docs/operating.md").read_text().partition("\n## Metrics\n")[2].partition("\n## ")[0]
    named: dict[str, set[str]] = {"serve": set(), "worker": set()}
    for cell, of in re.findall(r"^\| (`ocr_.*?) \| (serve|worker|both) \|", table, re.MULTILINE):
        names = {name.removesuffix("_total") for name in re.findall(r"`(ocr_\w+)", cell)}
        for process in ("serve", "worker") if of == "both" else (of,):
            assert not named[process] & names, names
            named[process] |= names
    return named


def test_every_metric_is_documented_once_for_the_process_that_has_it(house: House) -> None:
    """After a page was read, and a look at readiness, because some are there only then."""
    service = house.serve("--slots", "0")
    worker = _health_of(house.start("worker", "--slots", "1", **_HEALTH))
    assert finished(service.url, submit(service.url, "ALPHA")["id"])["status"] == "DONE"
    for url in (service.url, worker):
        assert httpx.get(f"{url}/health/ready", timeout=FOREVER).is_success
    documented = _documented()
    assert _exposed(service.url) == documented["serve"]
    assert _exposed(worker) == documented["worker"]
