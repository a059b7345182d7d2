"""Kreuzberg's batch, with Tesseract."""

import json
import os
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from rivals import program
from ways.way import Run, Way


class Kreuzberg(Way):
    """Kreuzberg's own thread pool with one thread per core, and one Tesseract thread in each."""

    name = "kreuzberg"

    def read(self, pictures: Sequence[Path], folder: Path, language: str = "eng") -> Run:  # noqa: ARG002 - writes no files
        """Recognise the pictures."""
        script = Path(__file__).parents[1] / "kreuzberg_batch.py"
        command = [program("python"), str(script), str(os.cpu_count()), language, *map(str, pictures)]
        environment = os.environ | {"OMP_THREAD_LIMIT": "1"}
        began = time.monotonic()
        done = subprocess.run(command, check=True, capture_output=True, env=environment)
        seconds = time.monotonic() - began
        return Run(seconds, json.loads(done.stdout))
