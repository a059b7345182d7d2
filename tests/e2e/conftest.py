from collections.abc import Iterator
from pathlib import Path

import pytest

from e2e.house import House


@pytest.fixture
def house(tmp_path: Path, tesseract: str) -> Iterator[House]:
    """A data folder on which the test may start processes; none of them outlives it."""
    assert tesseract
    house = House(tmp_path)
    yield house
    house.kill()
