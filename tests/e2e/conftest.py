from collections.abc import Iterator
from pathlib import Path

import pytest

from e2e.house import House
from limited_disk import LimitedDisk, limited_disk


@pytest.fixture
def house(tmp_path: Path, tesseract: str) -> Iterator[House]:
    """A data folder on which the test may start processes; none of them outlives it."""
    assert tesseract
    house = House(tmp_path)
    yield house
    house.kill()


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[LimitedDisk]:
    """A small disk of its own."""
    with limited_disk(tmp_path / "disk") as disk:
        yield disk


@pytest.fixture
def disk_house(house: House, disk: LimitedDisk) -> House:
    """The house, with its data on that disk."""
    house.data = disk.folder / "data"
    return house
