"""Upgrades from release 0.1: its running processes and this version's work on one newer schema."""

import itertools
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from alembic import command
from alembic.script import ScriptDirectory

import pictures
from adapters.sql.database import Database
from adapters.sql.migrate import config
from e2e.house import House, finished, get, submit, texts
from mysql_server import MysqlServer, create_schema, mysql_server
from ocrcore.testing.patience import FOREVER, eventually
from old_release import PROGRAM, require_old_release

#: The newest schema of release 0.1.
_OLD_HEAD = "0007"
_LATER = [script.revision for script in ScriptDirectory.from_config(config()).walk_revisions(_OLD_HEAD, "head")][::-1]
REVISIONS = _LATER[1:]
_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MysqlServer]:
    with mysql_server(tmp_path_factory.mktemp("mysql")) as server:
        yield server


@pytest.fixture(params=["sqlite", "mysql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Yield the URL of an empty database."""
    require_old_release()
    if request.param == "sqlite":
        (tmp_path / "data").mkdir()
        yield f"sqlite:///{tmp_path}/data/ocr.sqlite3"
    else:
        server: MysqlServer = request.getfixturevalue("server")
        yield create_schema(server, f"ocr_upgrade_{next(_numbers)}")


def bring_to(url: str, revision: str) -> None:
    """Migrate as the version of that revision does."""
    with closing(Database(url)) as database:
        database.write(lambda connection: command.upgrade(config(connection), revision))


def upload(url: str, key: str, *words: str) -> httpx.Response:
    files = [("files", (f"{word}.png", pictures.png(word))) for word in words]
    return httpx.post(f"{url}/api/v1/jobs", files=files, headers={"idempotency-key": key}, timeout=FOREVER)


def search(url: str, word: str) -> list[dict[str, Any]]:
    hits: list[dict[str, Any]] = httpx.get(f"{url}/api/v1/search", params={"q": word}, timeout=FOREVER).json()["hits"]
    return hits


@pytest.mark.parametrize("revision", REVISIONS)
def test_running_processes_of_the_old_release_go_on_working_on_a_later_schema(
    house: House, url: str, revision: str
) -> None:
    old = house.serve("--slots", "1", program=PROGRAM, OCR_DATABASE_URL=url)
    before = submit(old.url, "ALPHA")
    assert finished(old.url, before["id"])["status"] == "DONE"
    bring_to(url, revision)
    after = submit(old.url, "BRAVO", "CHARLIE")
    assert finished(old.url, after["id"])["status"] == "DONE"
    assert texts(old.url, after["id"]) == ["BRAVO", "CHARLIE"]
    assert {job["id"] for job in get(old.url, "/jobs")["jobs"]} == {before["id"], after["id"]}
    httpx.delete(f"{old.url}/api/v1/jobs/{before['id']}", timeout=FOREVER).raise_for_status()
    old.stop()
    assert "Traceback" not in old.log.read_text()


def test_old_and_new_processes_share_jobs_keys_and_pages_during_an_upgrade(house: House, url: str) -> None:
    settings = {"OCR_DATABASE_URL": url}
    old = house.serve("--slots", "0", program=PROGRAM, **settings)
    old_worker = house.start("worker", "--slots", "1", program=PROGRAM, **settings)
    assert eventually(lambda: "working" in old_worker.log.read_text())
    waiting = upload(old.url, "monday", "ALPHA", "BRAVO").json()
    assert house.run("init", **settings).returncode == 0
    new = house.serve("--slots", "0", **settings)
    assert get(new.url, f"/jobs/{waiting['id']}")["options"].items() >= waiting["options"].items()
    replayed = upload(new.url, "monday", "ALPHA", "BRAVO")
    assert (replayed.status_code, replayed.headers["idempotency-replayed"]) == (202, "true")
    assert replayed.json()["id"] == waiting["id"]
    made = upload(new.url, "tuesday", "CHARLIE", "DELTA").json()
    again = upload(old.url, "tuesday", "CHARLIE", "DELTA").json()
    assert again["id"] == made["id"]
    assert made["options"].items() >= again["options"].items()
    new_worker = house.start("worker", "--slots", "1", **settings)
    for service in (old, new):
        for job, words in ((waiting, ["ALPHA", "BRAVO"]), (made, ["CHARLIE", "DELTA"])):
            assert finished(service.url, job["id"])["status"] == "DONE"
            assert texts(service.url, job["id"]) == words
    for word in ("ALPHA", "BRAVO", "CHARLIE", "DELTA"):  # whichever release read it
        assert eventually(lambda word=word: [hit["snippet"] for hit in search(new.url, word)] == [word])  # type: ignore[misc]
    httpx.delete(f"{old.url}/api/v1/jobs/{waiting['id']}", timeout=FOREVER).raise_for_status()
    assert search(new.url, "ALPHA") == []
    for process in (old_worker, new_worker, old, new):
        process.stop()
        assert "Traceback" not in process.log.read_text()
    checked = house.run("doctor", **settings)
    assert checked.returncode == 0, checked.stdout
