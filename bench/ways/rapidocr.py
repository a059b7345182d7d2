"""RapidOCR as it comes, in a program of its own."""

import json
import os
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from rivals import program
from ways.way import Run, Way


class RapidOcr(Way):
    """One process per core, each with its models loaded once and one thread."""

    name = "RapidOCR"

    def read(self, pictures: Sequence[Path], folder: Path, language: str = "eng") -> Run:  # noqa: ARG002 - has no choice
        """Recognise the pictures. The models are those for Chinese and Latin letters, whatever the language."""
        script = Path(__file__).parents[1] / "rapidocr_batch.py"
        command = [program("python"), str(script), str(os.cpu_count()), *map(str, pictures)]
        environment = os.environ | {"ORT_DISABLE_TELEMETRY": "1", "OMP_NUM_THREADS": "1"}
        began = time.monotonic()
        done = subprocess.run(command, check=True, capture_output=True, env=environment, cwd=folder)
        seconds = time.monotonic() - began
        return Run(seconds, json.loads(done.stdout))
