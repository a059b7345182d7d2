"""The runtimes of PaddleOCR's models give the same text, and one that does not is not used."""

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from adapters.ppocr import runtime_onnx, runtime_openvino
from adapters.ppocr.choosing import KNOWN_TEXT, RUNTIMES, load_pipeline, read_known_page
from adapters.ppocr.pipeline import Pipeline
from adapters.ppocr.runtime import Floats, Run
from adapters.ppocr.versions import OPENVINO
from ocrcore.ports.engine import EngineFailure
from ocrcore.testing.patience import FOREVER

#: Asks the network for nothing and writes nothing, or says so.
ALONE = """
import socket
from adapters.ppocr import runtime_openvino
from adapters.ppocr.models import detection
def refuse(*_): raise SystemExit("it asks the network")
socket.socket.connect = socket.getaddrinfo = refuse
runtime_openvino.runtime("f32").load(detection())
"""
#: In the wall and under the limits of a child. The precision is one that every processor has.
CONFINED = """
import sys, tempfile
from pathlib import Path
from adapters.engines.confine import confine
from adapters.engines.protocol import Limits
from adapters.engines.wall.build import build_wall
confine(Limits().memory, 1 << 20)
build_wall(Path.cwd(), [])
from adapters.ppocr import runtime_openvino
from adapters.ppocr.choosing import RUNTIMES, load_pipeline
runtimes = dict(RUNTIMES) | {"openvino bf16": runtime_openvino.runtime("f32")}
print(load_pipeline("openvino bf16", runtimes)[1])
"""


def blind(_: bytes) -> Run:
    def run(values: Floats) -> Floats:
        return np.zeros_like(values)

    return run


def broken(_: bytes) -> Run:
    msg = "no such precision"
    raise RuntimeError(msg)


def run(program: str, folder: Path, environment: Mapping[str, str]) -> str:
    """Return what a program prints that runs in a folder."""
    everything = {"PATH": os.environ["PATH"], **environment}
    command = [sys.executable, "-c", program]
    done = subprocess.run(
        command, cwd=folder, env=everything, check=True, timeout=FOREVER, stdout=subprocess.PIPE, text=True
    )
    return done.stdout.strip()


def test_onnx_runtime_reads_the_known_page() -> None:
    assert read_known_page(Pipeline(runtime_onnx.RUNTIME)) == KNOWN_TEXT


@pytest.mark.parametrize("load", [blind, broken])
def test_a_runtime_that_misreads_or_fails_is_not_used(load: Callable[[bytes], Run]) -> None:
    other = replace(runtime_openvino.runtime(), load=load)
    pipeline, version = load_pipeline(OPENVINO, dict(RUNTIMES) | {OPENVINO: other})
    assert read_known_page(pipeline) == KNOWN_TEXT
    assert version.startswith("ppocr v6 small/tiny, onnxruntime f32, as openvino bf16 ")


def test_if_every_runtime_misreads_the_known_page_none_is_used() -> None:
    runtimes = {name: replace(runtime, load=blind) for name, runtime in RUNTIMES.items()}
    for name in runtimes:
        with pytest.raises(EngineFailure):
            load_pipeline(name, runtimes)


def test_openvino_runs_within_the_wall_and_the_limits_of_a_child(tmp_path: Path) -> None:
    environment = {"MALLOC_ARENA_MAX": "1", "TMPDIR": str(tmp_path)}
    assert run(CONFINED, tmp_path, environment) == "ppocr v6 small/tiny, openvino bf16"


def test_openvino_reports_nothing_and_writes_nothing(tmp_path: Path) -> None:
    assert run(ALONE, tmp_path, {"HOME": str(tmp_path)}) == ""
    assert list(tmp_path.iterdir()) == []
