"""A data folder on a disk that is full or mounted read-only: it is told as that, and nothing is lost."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

import pictures
from e2e.house import House, finished, get, submit, texts
from limited_disk import LimitedDisk, limited_disk
from ocrcore.testing.patience import FOREVER, eventually


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[LimitedDisk]:
    with limited_disk(tmp_path / "disk") as disk:
        yield disk


@pytest.fixture
def house(house: House, disk: LimitedDisk) -> House:
    house.data = disk.folder / "data"
    return house


def post(url: str) -> httpx.Response:
    return httpx.post(f"{url}/api/v1/jobs", files={"files": ("b.png", pictures.png("BRAVO"))}, timeout=FOREVER)


def fill(disk: LimitedDisk) -> Path:
    """Take all the room that is left."""
    ballast = disk.folder / "ballast"
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        while file.write(bytes(4096)):
            pass
    return ballast


def test_a_full_disk_refuses_what_is_new_and_keeps_what_was_taken(house: House, disk: LimitedDisk) -> None:
    url = house.serve("--slots", "0").url
    taken = submit(url, "ALPHA")
    ballast = fill(disk)
    answer = post(url)
    assert (answer.status_code, answer.json()["code"]) == (503, "storage-full")
    assert answer.json()["detail"].startswith("The disk of the service is full, and nothing was changed")
    ready = httpx.get(f"{url}/health/ready", timeout=FOREVER)
    assert (ready.status_code, ready.json()["code"]) == (503, "storage-full")
    assert [job["id"] for job in get(url, "/jobs")["jobs"]] == [taken["id"]]
    ballast.unlink()
    assert eventually(lambda: httpx.get(f"{url}/health/ready", timeout=FOREVER).status_code == 200)
    later = submit(url, "CHARLIE")
    house.start("worker", "--slots", "1")
    assert [finished(url, job["id"])["status"] for job in (taken, later)] == ["DONE", "DONE"]
    assert [texts(url, job["id"]) for job in (taken, later)] == [["ALPHA"], ["CHARLIE"]]


def test_a_worker_on_a_full_disk_finishes_its_pages_once_there_is_room(house: House, disk: LimitedDisk) -> None:
    url = house.serve("--slots", "0").url
    job = submit(url, "ALPHA", "BRAVO")
    ballast = fill(disk)
    worker = house.start("worker", "--slots", "1")
    assert eventually(lambda: "full" in worker.log.read_text())
    assert worker.process.poll() is None
    ballast.unlink()
    assert finished(url, job["id"])["status"] == "DONE"
    assert texts(url, job["id"]) == ["ALPHA", "BRAVO"]


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
