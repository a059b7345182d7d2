"""Programs that a test needs and that may be missing."""

import os
import shutil
from typing import NoReturn

import pytest

_PLACES = ":".join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])


def needed(program: str, package: str) -> str:
    """Return the path of a program; without it the test is skipped here, and fails where all must be there."""
    path = shutil.which(program, path=_PLACES)
    if path is None:
        missing(f"there is no {program} (Debian: apt-get install {package})")
    return str(path)


def missing(why: str) -> NoReturn:
    """Skip the test for this reason, or fail it where everything must be there."""
    (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(why)
