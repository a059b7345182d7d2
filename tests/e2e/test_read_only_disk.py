"""A data folder on a disk that is mounted read-only: it is told as that."""

from e2e.house import House
from limited_disk import LimitedDisk


def test_a_disk_that_is_mounted_read_only_is_told_at_the_start(disk_house: House, disk: LimitedDisk) -> None:
    assert disk_house.run("init").returncode == 0
    disk.remount("ro")
    done = disk_house.run("serve", "--port", "0")
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].endswith(
        "is on a file system that is mounted read-only; mount it writable, or name another."
    )
    disk.remount("rw")
    assert disk_house.serve().url
