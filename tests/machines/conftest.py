"""A release, built once for all tests of machines."""

import subprocess
from pathlib import Path

import pytest

from aws_template import ROOT


@pytest.fixture(scope="session")
def release() -> tuple[Path, str]:
    """Build it twice: the same sources give the same bytes. Return its path and its SHA-256."""
    built = [
        subprocess.run([ROOT / "deploy/build-release"], check=True, stdout=subprocess.PIPE, text=True).stdout.split()
        for _ in range(2)
    ]
    assert built[0] == built[1]
    path, digest = built[0]
    return ROOT / path, digest
