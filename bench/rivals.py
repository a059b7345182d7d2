"""Where what is compared with is installed: beside the product, never with it."""

import subprocess
from pathlib import Path
from typing import Final

_BIN: Final = Path(__file__).parents[1] / ".bench" / "bin"


def program(name: str) -> str:
    """Return the path of a program of theirs."""
    return str(_BIN / name)


def version(distribution: str) -> str:
    """Return which version of a package of theirs is installed."""
    ask = f"from importlib.metadata import version; print(version({distribution!r}))"
    return subprocess.run([program("python"), "-c", ask], check=True, capture_output=True, text=True).stdout.strip()
