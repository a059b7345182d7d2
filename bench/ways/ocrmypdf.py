"""OCRmyPDF, on a PDF of the pictures."""

import os
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from rivals import program
from ways.way import Run, Way


class OcrMyPdf(Way):
    """One job per core, without PDF/A and optimisation, which take time and add no text."""

    name = "OCRmyPDF"

    def read(self, pictures: Sequence[Path], folder: Path, language: str = "eng") -> Run:
        """Put the pictures into a PDF, which is not measured, and recognise it."""
        document, text = folder / "pictures.pdf", folder / "text.txt"
        subprocess.run([program("img2pdf"), *map(str, pictures), "-o", str(document)], check=True, capture_output=True)
        command = [
            *(program("ocrmypdf"), "--quiet", "--jobs", str(os.cpu_count()), "--output-type", "pdf", "--optimize", "0"),
            *("-l", language, "--sidecar", str(text), str(document), str(folder / "read.pdf")),
        ]
        began = time.monotonic()
        subprocess.run(command, check=True, capture_output=True)
        seconds = time.monotonic() - began
        return Run(seconds, text.read_text(encoding="utf-8").split("\f")[: len(pictures)])
