"""A full disk below whole processes: it is told as that, nothing is lost, and they go on when there is room again."""

import httpx

import pictures
from e2e.house import House, finished, get, submit, texts
from limited_disk import LimitedDisk
from ocrcore.testing.patience import FOREVER, eventually


def refused(url: str) -> httpx.Response:
    return httpx.post(f"{url}/api/v1/jobs", files={"files": ("b.png", pictures.png("BRAVO"))}, timeout=FOREVER)


def readiness(url: str) -> tuple[int, str]:
    answer = httpx.get(f"{url}/health/ready", timeout=FOREVER)
    return answer.status_code, str(answer.json().get("code", ""))


def is_told(url: str, disk: LimitedDisk) -> bool:
    """Look whether the service says that its disk is full; what it gave back of its room is taken again."""
    disk.fill()
    return readiness(url) == (503, "storage-full")


def test_a_service_on_a_full_disk_refuses_what_is_new_and_keeps_what_it_has(
    disk_house: House, disk: LimitedDisk
) -> None:
    url = disk_house.serve("--slots", "0").url
    taken = submit(url, "ALPHA")
    disk.fill()
    answer = refused(url)
    assert (answer.status_code, answer.json()["code"]) == (503, "storage-full")
    assert answer.json()["detail"].startswith("The disk of the service is full, and nothing was changed")
    assert eventually(lambda: is_told(url, disk))
    assert [job["id"] for job in get(url, "/jobs")["jobs"]] == [taken["id"]]
    assert "\nocr_full_disks 0.0\n" not in httpx.get(f"{url}/metrics", timeout=FOREVER).text
    assert "its disk is full" in disk_house.run("doctor").stdout
    disk.empty()
    assert eventually(lambda: readiness(url) == (200, ""))
    later = submit(url, "CHARLIE")
    disk_house.start("worker", "--slots", "1")
    assert [finished(url, job["id"])["status"] for job in (taken, later)] == ["DONE", "DONE"]
    assert [texts(url, job["id"]) for job in (taken, later)] == [["ALPHA"], ["CHARLIE"]]


def test_a_database_on_a_full_disk_of_its_own_is_told(disk_house: House, disk: LimitedDisk) -> None:
    documents = disk_house.root / "documents"
    url = disk_house.serve("--slots", "0", OCR_DOCUMENTS_DIR=str(documents)).url
    disk.fill()
    assert eventually(lambda: is_told(url, disk))
    answer = refused(url)
    assert (answer.status_code, answer.json()["code"]) == (503, "storage-full")
    assert "\nocr_full_disks 1.0\n" in httpx.get(f"{url}/metrics", timeout=FOREVER).text
    assert "database: its disk is full" in disk_house.run("doctor", OCR_DOCUMENTS_DIR=str(documents)).stdout
    disk.empty()
    assert eventually(lambda: readiness(url) == (200, ""))


def test_a_worker_on_a_full_disk_finishes_its_pages_once_there_is_room(disk_house: House, disk: LimitedDisk) -> None:
    url = disk_house.serve("--slots", "0").url
    job = submit(url, "ALPHA", "BRAVO")
    disk.fill()
    worker = disk_house.start("worker", "--slots", "1")
    assert eventually(lambda: "unavailable" in worker.log.read_text())
    assert worker.process.poll() is None
    disk.empty()
    assert finished(url, job["id"])["status"] == "DONE"
    assert texts(url, job["id"]) == ["ALPHA", "BRAVO"]


def test_a_worker_without_room_for_its_files_gives_pages_back(house: House, disk: LimitedDisk) -> None:
    url = house.serve("--slots", "0").url
    temporary = disk.folder / "tmp"
    temporary.mkdir()
    worker = house.start("worker", "--slots", "1", OCR_ENGINE="tesseract", TMPDIR=str(temporary))
    assert eventually(lambda: "working" in worker.log.read_text())
    disk.fill()
    submit(url, "ALPHA")
    assert eventually(lambda: "lacks room" in worker.log.read_text())
    assert eventually(lambda: house.rows("status, attempts_limit - attempts") == [("PENDING", 3)])
