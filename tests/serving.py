"""A real ``ocrcore serve`` in a process of its own."""

import contextlib
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from ocrcore.testing.patience import FOREVER, eventually

#: The program, run by the interpreter that runs the tests.
OCRCORE = (sys.executable, "-c", "from entrypoints.cli import main; main(prog_name='ocrcore')")


def ocrcore(*arguments: str | Path, data: Path | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command line to its end."""
    return subprocess.run(
        [*OCRCORE, *map(str, arguments)],
        env=_environment(data, environment),
        capture_output=True,
        text=True,
        timeout=FOREVER,
        check=False,
    )


@contextlib.contextmanager
def serving(data: Path, *arguments: str, **environment: str) -> Iterator[str]:
    """Yield the address of a service that lives as long as the block."""
    with serving_process(data, *arguments, **environment) as (address, _):
        yield address


@contextlib.contextmanager
def serving_process(data: Path, *arguments: str, **environment: str) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Yield the address of a service, and its process; both end with the block at the latest."""
    log = data.with_suffix(".log")
    with log.open("w") as lines:
        process = subprocess.Popen(
            [*OCRCORE, "serve", "--port", "0", *arguments], env=_environment(data, environment), stderr=lines
        )
    try:
        yield _address(process, log), process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(FOREVER)


def _environment(data: Path | None, more: dict[str, str]) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("OCR_", "OCRCORE_"))}
    return clean | ({} if data is None else {"OCR_DATA_DIR": str(data)}) | more


def _address(process: subprocess.Popen[bytes], log: Path) -> str:
    found = eventually(
        lambda: re.search(r"""url(?:=|": ")(http://[^\s"]+)""", log.read_text()) or process.poll() is not None
    )
    assert isinstance(found, re.Match), log.read_text()
    return str(found[1])
