"""The doctor beside a running service, and after things were broken that no service breaks."""

import json
import sqlite3
import threading
from contextlib import closing

import httpx

from e2e.house import WORDS, House, finished, get, submit, texts
from ocrcore.testing.patience import FOREVER


def kinds(house: House, *options: str) -> tuple[int, list[str]]:
    """Return the exit status, and the kinds of what is left."""
    done = house.run("doctor", "--json", *options)
    assert "Traceback" not in done.stderr, done.stderr
    found = [json.loads(line) for line in done.stdout.splitlines()]
    return done.returncode, sorted(one["kind"] for one in found if one["left"])


def execute(house: House, *statements: str) -> None:
    with closing(sqlite3.connect(house.data / "ocr.sqlite3", timeout=FOREVER)) as database, database:
        for statement in statements:
            database.execute(statement)


def test_a_service_under_load_has_nothing_to_find(house: House) -> None:
    url = house.serve("--slots", "2").url
    house.start("worker", "--slots", "1")
    stop = threading.Event()

    def use() -> None:
        number = 0
        while not stop.wait(0.1):
            number += 1
            job = submit(url, *WORDS[: 1 + number % 4])
            if number % 3 == 0:
                httpx.delete(f"{url}/api/v1/jobs/{job['id']}", timeout=FOREVER)
            if number % 5 == 0:
                httpx.post(f"{url}/api/v1/jobs/{job['id']}/cancel", timeout=FOREVER)
                httpx.post(f"{url}/api/v1/jobs/{job['id']}/retry", timeout=FOREVER)

    users = [threading.Thread(target=use) for _ in range(2)]
    for user in users:
        user.start()
    try:
        for options in ((), ("--every-timeline",), ("--repair",), ("--every-timeline", "--repair"), ()):
            assert kinds(house, *options) == (0, [])
    finally:
        stop.set()
        for user in users:
            user.join(FOREVER)
    assert get(url, "/stats")


def test_what_was_broken_is_found_mended_and_the_rest_is_shown(house: House) -> None:
    running = house.serve("--slots", "2")
    first, second = submit(running.url, *WORDS[:3]), submit(running.url, *WORDS[3:])
    for job in (first, second):
        finished(running.url, job["id"])
    running.stop()
    assert kinds(house) == (0, [])

    folder = house.data / "documents/jobs"
    next((folder / second["id"]).glob("*.png")).unlink()
    (folder / first["id"] / "stray.txt").write_text("who put this here?")
    (folder / "not-a-job").mkdir()
    (folder / "not-a-job/a.jpg").write_bytes(b"x")
    execute(
        house,
        f"UPDATE jobs SET done = 1, error = 1, status = 'PROCESSING', finished_at = NULL WHERE id = '{first['id']}'",  # noqa: S608 - our own words
        "INSERT INTO outbox (job_id, item_id, owner, s3_bucket, s3_key, created_at)"
        " SELECT job_id, id, 'local', 'b', s3_key, '2026-01-02 03:04:05.000000' FROM job_items LIMIT 1",
    )
    rest = ["missing-upload", "stray-document", "stray-job"]
    assert kinds(house) == (1, sorted([*rest, "unsent-messages", "wrong-counts"]))
    assert kinds(house, "--repair") == (1, rest)
    assert kinds(house) == (1, rest)
    shown = house.run("doctor").stdout
    assert f"$ rm -- {folder / first['id'] / 'stray.txt'}\n" in shown
    assert f"$ rm -r -- {folder / 'not-a-job'}\n" in shown
    assert f"$ ocrcore jobs delete {second['id']}\n" in shown

    url = house.serve("--slots", "1").url
    assert get(url, f"/jobs/{first['id']}")["status"] == "DONE"
    assert texts(url, first["id"]) == list(WORDS[:3])
    httpx.delete(f"{url}/api/v1/jobs/{second['id']}", timeout=FOREVER)
    (folder / first["id"] / "stray.txt").unlink()
    (folder / "not-a-job/a.jpg").unlink()
    assert kinds(house) == (0, [])
