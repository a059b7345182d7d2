"""The running service: pages become text once, whatever happens to its processes."""

import re
import signal
from pathlib import Path

import httpx
import pytest

import pictures
from e2e.house import MORTAL, WORDS, House, finished, get, submit, texts
from held_requests import held
from integration.engines.samples import replace_tesseract
from ocrcore.testing.patience import FOREVER, eventually, within

#: A program can be made slow; what reads in a child cannot.
BY_PROGRAM = {"OCR_ENGINE": "tesseract"}
SLOW = 'sleep 0.6\ntesseract "$@"'
#: Longer than any test waits.
HANGING = f"exec sleep {10 * FOREVER}"


def test_six_pages_are_read_once_each(house: House) -> None:
    url = house.serve("--slots", "2").url
    job = submit(url, *WORDS)
    assert finished(url, job["id"])["status"] == "DONE"
    assert texts(url, job["id"]) == list(WORDS)
    assert house.rows("attempts") == [(1,)] * 6


def test_kill_9_of_everything_loses_no_page(house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flags = [tmp_path / "first", tmp_path / "second"]  # two pages are read, then it hangs
    for flag in flags:
        flag.touch()
    take_one = " || ".join(f"rm {flag} 2>/dev/null" for flag in flags)
    replace_tesseract(monkeypatch, tmp_path / "bin", f'if {take_one}; then tesseract "$@"; else {HANGING}; fi')
    # Without the wall, so that the program may remove the flags.
    url = house.serve("--slots", "2", OCR_SANDBOX="off", **BY_PROGRAM, **MORTAL).url
    job = submit(url, *WORDS)
    assert eventually(lambda: {("DONE",), ("PROCESSING",)} <= set(house.rows("status")))
    house.kill()
    before = house.rows("status, attempts, ocr_text")
    assert {status for status, _, _ in before} >= {"DONE", "PROCESSING"}

    monkeypatch.undo()
    url = house.serve("--slots", "2", **BY_PROGRAM).url
    assert finished(url, job["id"])["items"]["done"] == 6
    assert texts(url, job["id"]) == list(WORDS)
    after = house.rows("status, attempts, ocr_text")
    assert [new for old, new in zip(before, after, strict=True) if old[0] == "DONE"] == [
        old for old in before if old[0] == "DONE"
    ]
    assert all(attempts <= 2 for _, attempts, _ in after)
    entries = get(url, f"/jobs/{job['id']}/timeline?limit=200")["entries"]
    assert sum(entry["action"] == "item.recognised" for entry in entries) == 6


def test_what_kill_9_left_behind_is_swept_by_the_next_start(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace_tesseract(monkeypatch, tmp_path / "bin", HANGING)
    url = house.serve("--slots", "1", **BY_PROGRAM).url
    submit(url, "ALPHA")
    assert eventually(lambda: house.rows("status") == [("PROCESSING",)])
    house.running[0].process.kill()
    house.running[0].process.wait(FOREVER)
    assert eventually(lambda: not [line for line in house.left if line.startswith("process")])
    assert house.left
    house.serve("--slots", "1", **BY_PROGRAM).stop()
    assert house.left == []


def test_other_processes_work_beside_the_first(house: House) -> None:
    first = house.serve("--slots", "0").url
    second = house.serve("--slots", "0").url
    job = submit(second, "ALPHA")
    assert get(first, f"/jobs/{job['id']}")["status"] == "PENDING"
    house.start("worker", "--slots", "1")
    assert finished(first, job["id"])["status"] == "DONE"
    assert texts(second, job["id"]) == ["ALPHA"]


def test_a_worker_goes_on_when_the_service_is_killed(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace_tesseract(monkeypatch, tmp_path / "bin", SLOW)
    service = house.serve("--slots", "1", **BY_PROGRAM, **MORTAL)
    house.start("worker", "--slots", "1", **BY_PROGRAM)
    job = submit(service.url, *WORDS[:4])
    assert eventually(lambda: ("PROCESSING",) in house.rows("status"))
    service.process.kill()
    assert eventually(lambda: house.rows("status") == [("DONE",)] * 4)
    url = house.serve("--slots", "0", **BY_PROGRAM).url
    assert texts(url, job["id"]) == list(WORDS[:4])


@pytest.mark.parametrize("command", [("serve", "--port", "0"), ("worker",)])
def test_an_idle_process_stops_at_once_and_leaves_nothing(house: House, command: tuple[str, ...]) -> None:
    running = house.start(*command, "--slots", "1")
    assert eventually(lambda: re.search("serving|working", running.log.read_text()))
    assert house.left
    with within(3):
        running.stop()
    assert running.process.returncode == 0
    assert house.left == []


@pytest.mark.parametrize("command", [("serve", "--port", "0"), ("worker",), ("ocr", "page.png")])
def test_a_process_that_is_stopped_while_it_starts_leaves_nothing(house: House, command: tuple[str, ...]) -> None:
    (house.root / "page.png").write_bytes(pictures.png("ALPHA"))
    running = house.start(*command)
    assert eventually(lambda: list(house.temporary.iterdir()))
    running.stop()
    assert eventually(lambda: house.left == [])  # a child that is just being started ends by itself


def test_a_busy_process_stops_within_its_grace_and_takes_no_attempt(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace_tesseract(monkeypatch, tmp_path / "bin", HANGING)
    running = house.serve("--slots", "1", OCR_GRACE="3s", OCR_VISIBILITY_TIMEOUT="12h", **BY_PROGRAM)
    job = submit(running.url, "ALPHA", "BRAVO")
    assert eventually(lambda: ("PROCESSING",) in house.rows("status"))
    with within(4):
        running.stop()
    assert sorted(house.rows("status, attempts_limit - attempts")) == [("PENDING", 3), ("PENDING", 3)]
    assert house.left == []

    monkeypatch.undo()
    url = house.serve("--slots", "1", **BY_PROGRAM).url
    assert finished(url, job["id"])["status"] == "DONE"


def answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health/live", timeout=FOREVER).is_success
    except httpx.TransportError:
        return False


def test_a_page_that_is_nearly_done_is_finished_before_the_end(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nearly = f'while [ ! -e {tmp_path / "go"} ]; do sleep 0.02; done\ntesseract "$@"'
    replace_tesseract(monkeypatch, tmp_path / "bin", nearly)
    running = house.serve("--slots", "1", OCR_GRACE="5m", **BY_PROGRAM)
    submit(running.url, "ALPHA", "BRAVO")
    assert eventually(lambda: ("PROCESSING",) in house.rows("status"))
    running.process.send_signal(signal.SIGTERM)
    assert eventually(lambda: not answers(running.url))
    (tmp_path / "go").touch()
    running.process.wait(FOREVER)
    assert sorted(house.rows("status, attempts")) == [("DONE", 1), ("PENDING", 0)]


def test_a_request_that_is_held_does_not_hold_up_the_end(house: House) -> None:
    running = house.serve("--slots", "0")
    job = submit(running.url, "ALPHA")
    with held(f"{running.url}/api/v1/jobs/{job['id']}?wait=30s") as (answer,):
        assert not answer.done()
        with within(5):
            running.stop()
        assert answer.result(FOREVER).json()["status"] == "PENDING"
