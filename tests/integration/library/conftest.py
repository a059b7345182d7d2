from pathlib import Path

import pytest

from pictures import png


@pytest.fixture
def page(tmp_path: Path) -> Path:
    file = tmp_path / "page.png"
    file.write_bytes(png("HELLO"))
    return file


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"
