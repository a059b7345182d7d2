"""A disk that fills up: a page is read whole, or given back, and never DONE with a part."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.engines.engine import ChildEngine
from integration.engines.samples import read
from limited_disk import LimitedDisk, limited_disk
from ocrcore.ports.engine import EngineUnavailable


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[LimitedDisk]:
    with limited_disk(tmp_path / "disk") as disk:
        yield disk


@pytest.mark.parametrize("engine_name", ["tesseract", "tesserocr"])
def test_a_page_on_a_disk_that_is_nearly_full_is_whole_or_given_back(disk: LimitedDisk, engine_name: str) -> None:
    whole, given_back = 0, 0
    with ChildEngine(engine_name, root=disk.folder) as engine:
        for kilobytes in range(4, 420, 8):
            disk.remount(f"size={kilobytes}k")
            try:
                assert read(engine).text == "HELLO"
                whole += 1
            except EngineUnavailable:
                given_back += 1
    assert whole
    assert given_back or engine_name != "tesseract"


def test_the_first_page_of_a_child_on_a_full_disk_is_given_back(disk: LimitedDisk) -> None:
    with ChildEngine("tesseract", root=disk.folder) as engine:
        disk.fill()
        with pytest.raises(EngineUnavailable):
            read(engine)
        disk.empty()
        assert read(engine).text == "HELLO"


def test_an_engine_on_a_full_disk_is_not_ready(disk: LimitedDisk) -> None:
    with ChildEngine(root=disk.folder) as engine:
        engine.check()
        disk.remount("size=4k")
        with pytest.raises(EngineUnavailable):
            engine.check()
