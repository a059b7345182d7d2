"""A disk that fills up: a page is read whole, or given back, and never DONE with a part."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.engines.engine import ChildEngine
from integration.engines.samples import read
from ocrcore.ports.engine import EngineUnavailable


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own, which :func:`resize` makes smaller and larger."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = os.geteuid() == 0 and _mount(folder, "size=8m") == 0
    if not mounted:
        pytest.skip("only root may mount a file system of limited size")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def _mount(folder: Path, options: str) -> int:
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    return subprocess.run(command, check=False, capture_output=True).returncode


@pytest.mark.parametrize("engine_name", ["tesseract", "tesserocr"])
def test_a_page_on_a_disk_that_is_nearly_full_is_whole_or_given_back(disk: Path, engine_name: str) -> None:
    whole, given_back = 0, 0
    with ChildEngine(engine_name, root=disk) as engine:
        for kilobytes in range(4, 420, 8):
            assert _mount(disk, f"remount,size={kilobytes}k") == 0
            try:
                assert read(engine).text == "HELLO"
                whole += 1
            except EngineUnavailable:
                given_back += 1
    assert whole
    assert given_back or engine_name != "tesseract"


def test_an_engine_on_a_full_disk_is_not_ready(disk: Path) -> None:
    with ChildEngine(root=disk) as engine:
        engine.check()
        assert _mount(disk, "remount,size=4k") == 0
        with pytest.raises(EngineUnavailable):
            engine.check()
