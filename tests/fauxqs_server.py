"""fauxqs, a second server that stands in for SQS: stricter than moto with receipts."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

from ocrcore.testing.patience import FOREVER

_PROGRAM: Final = Path(__file__).parents[1] / ".tools/fauxqs/node_modules/fauxqs/dist/cli.js"


@contextmanager
def fauxqs_server() -> Iterator[str]:
    """Yield the address of a running server; skips where there is none, which needs Node 20."""
    node = shutil.which("node")
    if node is None or not _PROGRAM.exists():
        pytest.skip("fauxqs is not installed: scripts/install-fauxqs")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = {"PATH": os.environ["PATH"], "FAUXQS_HOST": "127.0.0.1", "FAUXQS_PORT": str(port)}
    environment |= {"FAUXQS_LOGGER": "false"}
    quiet = subprocess.DEVNULL
    server = subprocess.Popen([node, _PROGRAM], env=environment, stdin=quiet, stdout=quiet, stderr=quiet)
    try:
        _wait_for(port, server)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(FOREVER)


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + FOREVER
    while server.poll() is None and time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    pytest.fail("fauxqs did not start")
