"""What a unit of systemd starts, without systemd, which does not run in a root of its own."""

import re
import shlex
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

import httpx
import pytest

from machines.clean_debian import CleanDebian
from ocrcore.testing.patience import FOREVER

#: As a shell of root has it.
PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@contextmanager
def started_unit(
    debian: CleanDebian, unit: str, port: int, environment: Mapping[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    """Run it as its user and in its environment until the block ends, on this port of loopback if it serves."""
    text = (debian.root / "etc/systemd/system" / unit).read_text()
    (command,) = re.findall(r"^ExecStart=(.*)$", text, re.MULTILINE)
    (user,) = re.findall(r"^User=(.*)$", text, re.MULTILINE)
    own = dict(line.split("=", 1) for line in re.findall(r"^Environment=(.*)$", text, re.MULTILINE))
    for file in re.findall(r"^EnvironmentFile=-?(.*)$", text, re.MULTILINE):
        path = debian.root / file.lstrip("/")
        assert path.stat().st_mode & 0o077 == 0
        lines = [line for line in path.read_text().splitlines() if line and not line.startswith("#")]
        own |= dict(line.split("=", 1) for line in lines)
    own.pop("OCRCORE_HOST", None)
    command = command.replace("${OCRCORE_HOST}", "127.0.0.1").replace("--port 8000", f"--port {port}")
    words = shlex.split(command.replace("${OCR_DATA_DIR}", own.get("OCR_DATA_DIR", "")))
    everything = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/tmp", **environment, **own}  # noqa: S108 - of the root
    with subprocess.Popen(debian.command(*words, user=f"{user}:{user}"), env=everything) as process:
        try:
            yield process
        finally:
            process.terminate()
            process.wait(FOREVER)


def free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    """Return when the process answers there; fail the test if it ends before, or never does."""
    end = time.monotonic() + FOREVER
    while process.poll() is None and time.monotonic() < end:
        try:
            if httpx.get(address).is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    pytest.fail(f"{address} did not answer")
