"""Engines with parts that are broken, or that end their process: what is whole reads on, and it is told."""

import json
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from adapters.engines.engine import ChildEngine
from entrypoints.cli.engines import engines
from integration.engines.samples import read
from ocrcore.domain.options import ENGINES
from processes import having

#: What a child of another program is started with: first its own program, changed.
PROGRAM = """#!{python} -I
import ctypes, sys
from dataclasses import replace
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from adapters.engines import child
{changes}
child.main(sys.argv[-1])
"""
OTHER_MODEL = """
from adapters.ppocr import files
files._FILES = (replace(files.SMALL, sha256="0"),)
"""
#: As a machine without the libraries of a screen has it.
NO_LIBRARY = """
class Finder(MetaPathFinder, Loader):
    def find_spec(self, name, path=None, target=None):
        return ModuleSpec("cv2", self) if name == "cv2" else None
    def exec_module(self, module):
        raise ImportError("libGL.so.1: cannot open shared object file")
sys.meta_path.insert(0, Finder())
"""
#: A runtime as on a processor without an instruction that it uses.
DEADLY = """
from adapters.engines import ppocr
from adapters.ppocr import choosing
from adapters.ppocr.versions import OPENVINO
def load(model): ctypes.string_at(0)
choosing.RUNTIMES[OPENVINO] = replace(choosing.RUNTIMES[OPENVINO], load=load)
ppocr.preferred_runtime = lambda: OPENVINO
"""
#: An engine that ends its process on whatever runtime.
ALWAYS_DEADLY = """
from adapters.ppocr import choosing
choosing.load_pipeline = lambda runtime: ctypes.string_at(0)
"""
ON_ONNX = "ppocr v6 small/tiny, onnxruntime f32, as openvino bf16 ends its process"


def change_children(patch: pytest.MonkeyPatch, folder: Path, changes: str) -> None:
    program = folder / "python"
    program.write_text(PROGRAM.format(python=sys.executable, changes=changes))
    program.chmod(0o755)
    patch.setattr(sys, "executable", str(program))


@pytest.mark.parametrize(
    ("changes", "why"),
    [(OTHER_MODEL, "PP-OCRv6_rec_small.onnx of rapidocr is not the file"), (NO_LIBRARY, "libGL.so.1")],
    ids=["another model", "no library"],
)
def test_parts_that_are_broken_leave_the_page_to_the_other_engines(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, changes: str, why: str
) -> None:
    change_children(monkeypatch, tmp_path, changes)
    with ChildEngine("auto", also=ENGINES) as engine:
        assert list(engine.offers) == ["auto", "tesserocr", "tesseract"]
        assert why in engine.missing["ppocr"]
        assert "pip install" in engine.missing["ppocr"]
        assert read(engine).engine == engine.offers["tesserocr"].version


def test_a_runtime_that_ends_its_process_is_tried_once_and_costs_no_page(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    change_children(monkeypatch, tmp_path, DEADLY)
    with ChildEngine("ppocr", slots=2, root=tmp_path) as engine:
        assert engine.version == "ppocr v6 small/tiny, openvino bf16"
        engine.warm("ppocr")
        assert [read(engine).engine for _ in range(2)] == [ON_ONNX, ON_ONNX]
        assert engine.version == engine.offers["ppocr"].version == ON_ONNX
        children = having(tmp_path)
        assert read(engine).text == "HELLO"
        assert having(tmp_path) == children
    assert [record.getMessage() for record in caplog.records] == ["an engine runs otherwise than was meant"]


def test_an_engine_that_nobody_warmed_is_loaded_apart_from_its_first_page(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    change_children(monkeypatch, tmp_path, DEADLY)
    with ChildEngine("tesserocr", also=ENGINES) as engine:
        assert read(engine, name="ppocr").engine == ON_ONNX
        assert read(engine).engine == engine.offers["tesserocr"].version


def test_an_engine_that_always_ends_its_process_costs_no_page_of_another(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    change_children(monkeypatch, tmp_path, ALWAYS_DEADLY)
    with ChildEngine("tesserocr", also=ENGINES) as engine:
        engine.warm("ppocr")
        assert [read(engine).text for _ in range(2)] == ["HELLO", "HELLO"]


def test_an_engine_that_ends_its_process_does_not_end_the_list_of_engines(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    change_children(monkeypatch, tmp_path, ALWAYS_DEADLY)
    shown = CliRunner().invoke(engines, ["--json"])
    assert (shown.exit_code, shown.exception) == (0, None)
    assert {"tesserocr", "tesseract"} <= {one["name"] for one in json.loads(shown.stdout)["engines"]}
