"""The compared programs, which are installed in an environment of their own, ``.bench``."""

import subprocess
from pathlib import Path
from typing import Final

_BIN: Final = Path(__file__).parents[1] / ".bench" / "bin"


def program(name: str) -> str:
    """Return the path of a program in that environment."""
    return str(_BIN / name)


def version(distribution: str) -> str:
    """Return the version of a distribution in that environment."""
    ask = f"from importlib.metadata import version; print(version({distribution!r}))"
    return subprocess.run([program("python"), "-c", ask], check=True, capture_output=True, text=True).stdout.strip()
