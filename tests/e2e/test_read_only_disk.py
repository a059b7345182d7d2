"""A data folder on a disk that is mounted read-only: it is told as that."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from e2e.house import House
from limited_disk import LimitedDisk, limited_disk


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[LimitedDisk]:
    with limited_disk(tmp_path / "disk") as disk:
        yield disk


@pytest.fixture
def house(house: House, disk: LimitedDisk) -> House:
    house.data = disk.folder / "data"
    return house


def test_a_disk_that_is_mounted_read_only_is_told_at_the_start(house: House, disk: LimitedDisk) -> None:
    assert house.run("init").returncode == 0
    disk.remount("ro")
    done = house.run("serve", "--port", "0")
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].endswith(
        "is on a file system that is mounted read-only; mount it writable, or name another."
    )
    disk.remount("rw")
    assert house.serve().url
