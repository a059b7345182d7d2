"""The units of systemd: valid, and walled in. And the programs that they start beside ocrcore."""

import logging
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from answering import Reply, answering
from aws_template import ROOT
from entrypoints.logs import configure_logs
from needed import needed
from proc_of_a_unit import under_proc_of

_UNITS = sorted((ROOT / "deploy/systemd").glob("*.service"))
_TIMERS = sorted((ROOT / "deploy/systemd").glob("*.timer"))
_EXPOSURE = 2.0


@pytest.fixture(scope="module")
def analyze() -> str:
    return needed("systemd-analyze", "systemd")


@pytest.mark.parametrize("unit", [*_UNITS, *_TIMERS], ids=lambda unit: unit.name)
def test_a_unit_is_valid(analyze: str, unit: Path, tmp_path: Path) -> None:
    """The programs are where deploy/install puts them, which is not here. A timer starts the unit of its name."""
    for other in (ROOT / "deploy/systemd").glob("*.[st]*"):
        text = re.sub(r"/opt/ocrcore/\S+", "/bin/true", other.read_text())
        (tmp_path / other.name).write_text(text)
    checked = subprocess.run(
        [analyze, "verify", "--man=no", tmp_path / unit.name], capture_output=True, text=True, check=False
    )
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")


@pytest.mark.parametrize("unit", _UNITS, ids=lambda unit: unit.stem)
def test_a_unit_is_walled_in(analyze: str, unit: Path) -> None:
    rated = subprocess.run(
        [analyze, "security", "--offline=yes", "--no-pager", unit], capture_output=True, text=True, check=True
    )
    found = re.search(r"Overall exposure level for \S+: ([0-9.]+)", rated.stdout)
    assert found is not None
    assert float(found[1]) < _EXPOSURE


def test_the_console_shows_what_is_not_routine(capsys: pytest.CaptureFixture[str]) -> None:
    """Python reads the expression as journalctl does, which has PCRE2."""
    command = (ROOT / "deploy/systemd/ocrcore-console.service").read_text()
    (text,) = re.findall(r'^ExecStart=.* "--grep=(.*)"$', command, re.MULTILINE)
    shown = re.compile(text.replace('\\"', '"'))
    configure_logs("json")
    log = logging.getLogger("test")
    log.info("attempt ended", extra={"status": "DONE"})
    for status in (200, 429, 503):
        log.info("request", extra={"status": status})
    log.warning("upkeep step postponed")
    log.error("upkeep step failed")
    lines = [*capsys.readouterr().err.splitlines(), "ocrcore: The schema is old; run ocrcore init."]
    assert [bool(shown.search(line)) for line in lines] == [False, False, False, True, True, True, True]


def test_the_console_is_shown_with_what_the_unit_lets_its_program_see_of_the_machine() -> None:
    """Once, and not for ever as the unit has it; then its exit status is 1 where nothing is to be shown."""
    needed("journalctl", "systemd")
    unit = ROOT / "deploy/systemd/ocrcore-console.service"
    (command,) = re.findall("^ExecStart=(.*)$", unit.read_text(), re.MULTILINE)
    words = [word for word in shlex.split(command) if word != "--follow"]
    shown = subprocess.run([*under_proc_of(unit), *words], capture_output=True, text=True, check=False)
    assert "Failed to " not in shown.stderr, shown.stderr


def test_a_stop_takes_longer_than_the_grace_of_pages() -> None:
    text = (ROOT / "deploy/systemd/ocrcore-worker.service").read_text()
    (stop,) = re.findall(r"^TimeoutStopSec=(\d+)$", text, re.MULTILINE)
    (grace,) = re.findall(r"^OCR_GRACE=(\d+)s$", (ROOT / "deploy/aws/user-data.sh").read_text(), re.MULTILINE)
    assert int(grace) + 30 <= int(stop) < 120  # the notice of a spot machine


@contextmanager
def _metadata(answers: list[int]) -> Iterator[tuple[str, list[str]]]:
    """Yield the address of a machine's metadata, whose notices are answered so, and what was asked."""
    asked: list[str] = []

    def answer(request: BaseHTTPRequestHandler) -> Reply:
        if request.command == "PUT":
            asked.append(f"PUT {request.path} {request.headers['X-aws-ec2-metadata-token-ttl-seconds']}")
            return Reply(200, b"token")
        asked.append(f"GET {request.path} {request.headers['X-aws-ec2-metadata-token']}")
        return Reply(answers.pop(0), b'{"action": "terminate", "time": "2026-11-27T12:00:00Z"}')

    with answering(answer) as port:
        yield f"http://127.0.0.1:{port}", asked


def test_the_worker_is_stopped_when_the_machine_is_taken_away_and_not_before(tmp_path: Path) -> None:
    answers, drained = [404, 500, 404, 200], tmp_path / "drained"
    with _metadata(answers) as (address, asked):
        ended = subprocess.run(
            [sys.executable, ROOT / "deploy/systemd/drain_on_notice.py"],
            env={
                "OCRCORE_METADATA": address,
                "OCRCORE_DRAIN": f"{shutil.which('touch')} {drained}",
                "OCRCORE_DRAIN_PERIOD": "0.01",
            },
            capture_output=True,
            text=True,
            check=True,
        )
    assert drained.exists()
    assert answers == []
    assert ended.stderr == "The metadata answered 500.\n"
    assert asked[-2:] == ["PUT /latest/api/token 300", "GET /latest/meta-data/spot/instance-action token"]
