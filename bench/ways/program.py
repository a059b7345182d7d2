"""The ``tesseract`` program, with one process for each picture and as many at a time as cores."""

import os
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from ways.way import Run, Way


class Program(Way):
    """``xargs -P`` with one thread in each process, the fastest way from a shell."""

    name = "xargs -P tesseract"

    def read(self, pictures: Sequence[Path], folder: Path, language: str = "eng") -> Run:
        """Recognise the pictures."""
        command = [
            "xargs",
            "-P",
            str(os.cpu_count()),
            "-I{}",
            "tesseract",
            f"{pictures[0].parent}/{{}}",
            f"{folder}/{{}}",
            "-l",
            language,
        ]
        names = "\n".join(path.name for path in pictures)
        environment = os.environ | {"OMP_THREAD_LIMIT": "1"}
        began = time.monotonic()
        subprocess.run(command, input=names, text=True, check=True, capture_output=True, env=environment)
        seconds = time.monotonic() - began
        return Run(seconds, [(folder / f"{path.name}.txt").read_text(encoding="utf-8") for path in pictures])
