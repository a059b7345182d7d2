"""A naive worker: one picture after the other through pytesseract, with its defaults."""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from ways.way import Run, Way

_SCRIPT = """
import sys, pytesseract
for path in sys.argv[2:]:
    print(pytesseract.image_to_string(path, sys.argv[1]), end="\\0")
"""


class Naive(Way):
    """Only the recognition of a naive worker, without queue, store and database."""

    name = "naive worker"

    def read(self, pictures: Sequence[Path], folder: Path, language: str = "eng") -> Run:  # noqa: ARG002 - writes no files
        """Recognise the pictures."""
        untouched = {name: value for name, value in os.environ.items() if name != "OMP_THREAD_LIMIT"}
        began = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-c", _SCRIPT, language, *map(str, pictures)],
            capture_output=True,
            check=True,
            env=untouched,
        )
        seconds = time.monotonic() - began
        return Run(seconds, done.stdout.decode().split("\0")[:-1])
