"""The units let through every system call that the service makes, with every engine, format and child."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

import pictures
from aws_template import ROOT
from ocrcore.testing.patience import FOREVER
from system_calls import counted, counting, refused


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Return the calls of a service that reads pages with each engine and writes each format, and of its children."""
    folder = tmp_path_factory.mktemp("calls")
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    program = Path(sys.executable).with_name("ocrcore")
    command = [*counting(folder / "calls"), str(program), "serve"]
    environment = {"PATH": f"{program.parent}:/usr/bin:/bin", "OCR_DATA_DIR": str(folder / "data"), "HOME": str(folder)}
    with subprocess.Popen([*command, "--port", str(port)], env=environment) as process:
        try:
            _use(f"http://127.0.0.1:{port}")
        finally:
            # strace itself would let go of it
            (service, *_) = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
            os.kill(int(service), signal.SIGTERM)
            process.wait(FOREVER)
    return counted(folder / "calls")


def _use(address: str) -> None:
    end = time.monotonic() + FOREVER
    while time.monotonic() < end:
        try:
            if httpx.get(f"{address}/health/ready").is_success:
                break
        except httpx.TransportError:
            time.sleep(0.2)
    page = pictures.png("ALPHA")
    with httpx.Client(base_url=f"{address}/api/v1", timeout=90) as client:
        for engine in ("tesseract", "tesserocr", "ppocr"):
            read = client.post(
                "/ocr", params={"wait": "60s"}, data={"engine": engine}, files={"files": ("a.png", page)}
            )
            assert read.status_code == 200, read.text
        for form in ("json", "hocr", "alto", "tsv", "pdf", "pdfa"):
            read = client.post("/ocr", params={"wait": "60s", "format": form}, files={"files": ("a.png", page)})
            assert read.status_code == 200, read.text


@pytest.mark.parametrize("role", ["serve", "worker"])
def test_no_call_is_refused(made: set[str], role: str) -> None:
    """A worker makes the same calls, but for those of HTTP."""
    assert {"execve", "openat", "landlock_restrict_self"} <= made
    assert refused(ROOT / f"deploy/systemd/ocrcore-{role}.service", made) == set()
