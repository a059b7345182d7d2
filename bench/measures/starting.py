"""The time of starting and of stopping."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Final

from aws_deployment import aws_deployment
from pages import Picture
from report import Figure, Table, at_most
from serving import serving_process

_OCRCORE: Final = str(Path(sys.executable).parent / "ocrcore")
_IMPORTS: Final = 21
_PROGRAMS: Final = 7
_STOPS: Final = 5


def _milliseconds(command: Sequence[str]) -> float:
    environment = os.environ | {"OMP_THREAD_LIMIT": "1"}
    began = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, env=environment)
    return (time.perf_counter() - began) * 1000


def _more(command: Sequence[str], than: Sequence[str], rounds: int) -> float:
    """Return how many milliseconds longer one command takes than the other, as the median of alternating runs."""
    return median(_milliseconds(command) - _milliseconds(than) for _ in range(rounds))


def _seconds_to_stop(process: "subprocess.Popen[bytes]") -> float:
    time.sleep(1)
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    process.wait(60)
    return time.monotonic() - began


def _stop_embedded() -> float:
    with tempfile.TemporaryDirectory() as folder, serving_process(Path(folder) / "data") as (_, process):
        return _seconds_to_stop(process)


def _stop_on_aws() -> float:
    with tempfile.TemporaryDirectory() as folder, aws_deployment(Path(folder)):
        worker = subprocess.Popen([_OCRCORE, "worker"], stderr=subprocess.DEVNULL)
        try:
            time.sleep(5)
            return _seconds_to_stop(worker)
        finally:
            worker.kill()  # no effect if it has ended


def starting(picture: Picture) -> Table:
    """Measure starting and stopping; the picture is recognised by the started programs."""
    python = [sys.executable, "-c"]
    importing = _more([*python, "import ocrcore"], [*python, "pass"], _IMPORTS)
    everything = _more([*python, "from ocrcore import *"], [*python, "pass"], _IMPORTS)
    path = str(picture.path)
    alone = ["tesseract", path, "-"]
    reading = _more([_OCRCORE, "ocr", path], alone, _PROGRAMS) / 1000
    fast = _more([_OCRCORE, "ocr", "--quality", "fast", path], alone, _PROGRAMS) / 1000
    embedded = median(_stop_embedded() for _ in range(_STOPS))
    on_aws = median(_stop_on_aws() for _ in range(_STOPS))
    how = (
        f"Medians of {_IMPORTS}, {_PROGRAMS} and {_STOPS} runs, the two that are compared in turns; `tesseract` with"
        " `OMP_THREAD_LIMIT=1`. What is stopped is idle."
    )
    figures = [
        Figure("`import ocrcore`, over an empty program", importing, " ms", at_most(60)),
        Figure("`from ocrcore import *`, over an empty program", everything, " ms"),
        Figure("`ocrcore ocr --quality fast one.jpg`, over `tesseract one.jpg -`", fast, " s", at_most(0.6)),
        Figure("`ocrcore ocr one.jpg`, over the same", reading, " s", at_most(3)),
        Figure("SIGTERM to exit of `serve`, embedded", embedded, " s", at_most(1)),
        Figure("SIGTERM to exit of `worker`, on SQS", on_aws, " s", at_most(6)),
    ]
    return Table("Starting and stopping", how, figures)
