"""Upgrades from old releases: their running processes and this version's work on one newer schema.

All from release 0.1, which knows least, and a rolling upgrade from the newest tag before this commit, too.
"""

import io
import itertools
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from threading import Event, Thread
from typing import Any, Self

import httpx
import pytest
from alembic import command
from alembic.script import ScriptDirectory
from PIL import Image

import pictures
from adapters.sql.database import Database
from adapters.sql.migrate import config
from e2e.house import WORDS, House, finished, get, submit, texts
from moto_server import moto_server
from mysql_server import MysqlServer, create_schema, mysql_server
from ocrcore.testing.patience import FOREVER, eventually
from old_release import FIRST, OldRelease, old_releases

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


def test_running_processes_of_the_old_release_go_on_working_on_every_later_schema(house: House, url: str) -> None:
    """One process for all schemas: it looks at the schema when it starts, and never again."""
    old = house.serve("--slots", "1", program=FIRST.program, OCR_DATABASE_URL=url)
    before = submit(old.url, "ALPHA")
    assert finished(old.url, before["id"])["status"] == "DONE"
    for revision in REVISIONS:
        bring_to(url, revision)
        after = submit(old.url, "BRAVO", "CHARLIE")
        assert finished(old.url, after["id"])["status"] == "DONE", revision
        assert texts(old.url, after["id"]) == ["BRAVO", "CHARLIE"]
        assert {job["id"] for job in get(old.url, "/jobs")["jobs"]} == {before["id"], after["id"]}
        httpx.delete(f"{old.url}/api/v1/jobs/{before['id']}", timeout=FOREVER).raise_for_status()
        assert "Traceback" not in old.log.read_text(), revision
        before = after
    old.stop()
    assert "Traceback" not in old.log.read_text()


def test_old_and_new_processes_share_jobs_keys_and_pages_during_an_upgrade(house: House, url: str) -> None:
    settings = {"OCR_DATABASE_URL": url}
    old = house.serve("--slots", "0", program=FIRST.program, **settings)
    old_worker = house.start("worker", "--slots", "1", program=FIRST.program, **settings)
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


@dataclass
class Stream:
    """Somebody who sends a job of one page after the other, to any service that answers, each until it is accepted."""

    #: Where it sends: the services that are at work now.
    services: list[str]
    #: Job -> its word.
    sent: dict[str, str] = field(default_factory=dict)
    _stopping: Event = field(default_factory=Event)

    def __enter__(self) -> Self:
        self._thread = Thread(target=self._send, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join(FOREVER)

    def flows(self) -> bool:
        """Wait for two more jobs that were accepted: one may have been on its way before."""
        before = len(self.sent)
        return bool(eventually(lambda: len(self.sent) >= before + 2))

    def _send(self) -> None:
        for number in itertools.count():
            word = WORDS[number % len(WORDS)]
            while not self._stopping.is_set():
                try:
                    answer = upload(self.services[number % len(self.services)], f"key-{number}", word)
                except httpx.TransportError:  # it has stopped, and may have accepted the job before
                    continue
                if answer.status_code == 202:
                    self.sent[answer.json()["id"]] = word
                    break
                assert answer.status_code == 503, answer.text
            if self._stopping.wait(1.0):
                return


@pytest.fixture(params=["embedded", "aws"])
def deployed(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[dict[str, str]]:
    """Yield the settings of a deployment that release 0.1 can make: on SQLite and a folder, or MariaDB and moto."""
    if request.param == "embedded":
        (tmp_path / "data").mkdir()
        yield {}
        return
    server: MysqlServer = request.getfixturevalue("server")
    with moto_server() as endpoint:
        yield {
            "OCR_BACKEND": "aws",
            "OCR_DATABASE_URL": create_schema(server, f"ocr_upgrade_{next(_numbers)}"),
            "OCR_S3_BUCKET": "scans",
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_ACCESS_KEY_ID": "nobody",
            "AWS_SECRET_ACCESS_KEY": "nothing",
            "AWS_REGION": "eu-central-1",
            "AWS_DEFAULT_REGION": "eu-central-1",
        }


@pytest.mark.parametrize("release", old_releases(), ids=lambda release: release.name)
def test_a_rolling_upgrade_loses_and_doubles_nothing_while_jobs_flow(
    house: House, release: OldRelease, deployed: dict[str, str]
) -> None:
    made = house.run("init", program=release.program, **deployed)
    assert made.returncode == 0, made.stderr
    old = house.serve("--slots", "0", program=release.program, **deployed)
    old_worker = house.start("worker", "--slots", "1", program=release.program, **deployed)
    assert eventually(lambda: "working" in old_worker.log.read_text())  # it cannot start on a newer schema
    with Stream([old.url]) as stream:
        assert stream.flows()
        assert house.run("init", **deployed).returncode == 0  # first the schema,
        assert stream.flows()
        worker = house.start("worker", "--slots", "1", **deployed)  # then the workers,
        assert stream.flows()
        new = house.serve("--slots", "0", **deployed)  # then the services
        other = house.serve("--slots", "0", **deployed)
        stream.services.append(new.url)
        assert stream.flows()
        if release is FIRST:  # its workers know no documents of several pages, so they are refused while it is there
            busy = _send_document(new.url)
            assert (busy.status_code, busy.json()["code"]) == (503, "busy")
            assert "Retry-After" in busy.headers
        old_worker.stop()
        document = eventually(lambda: (answer := _send_document(other.url)).status_code == 202 and answer.json())
        stream.services[:] = [new.url, other.url]
        old.stop()
        assert stream.flows()
    expected = {job_id: [word] for job_id, word in stream.sent.items()} | {document["id"]: ["ALPHA", "BRAVO"]}
    with httpx.Client(base_url=f"{new.url}/api/v1", timeout=FOREVER) as client:
        assert eventually(lambda: all(job["status"] == "DONE" for job in _jobs(client)))
        assert {job["id"] for job in _jobs(client)} == set(expected)
        for job_id, words in expected.items():
            items = client.get(f"/jobs/{job_id}/items").json()["items"]
            assert [item["ocr_text"] for item in items] == words
            assert eventually(partial(_is_told, client, job_id, len(words)))
            assert _told(client, job_id)["job.created"] == 1
    for process in (worker, new, other):
        process.stop()
    for process in (old_worker, old, worker, new, other):
        assert process.process.returncode == 0
        assert "Traceback" not in process.log.read_text()
    checked = house.run("doctor", "--every-timeline", **deployed)
    assert checked.returncode == 0, checked.stdout


def _send_document(url: str) -> httpx.Response:
    first, second = (Image.open(io.BytesIO(pictures.png(word))) for word in ("ALPHA", "BRAVO"))
    document = io.BytesIO()
    first.save(document, "TIFF", save_all=True, append_images=[second])
    return httpx.post(f"{url}/api/v1/jobs", files=[("files", ("a.tif", document.getvalue()))], timeout=FOREVER)


def _jobs(client: httpx.Client) -> list[dict[str, Any]]:
    """Return all jobs, which are fewer than a list may have."""
    page = client.get("/jobs", params={"limit": "200"}).json()
    assert page["next_cursor"] is None
    jobs: list[dict[str, Any]] = page["jobs"]
    return jobs


def _is_told(client: httpx.Client, job_id: str, pages: int) -> bool:
    """Return whether the log tells of each page once: it may tell later, and never twice."""
    times = _told(client, job_id)["item.recognised"]
    assert times <= pages
    return times == pages


def _told(client: httpx.Client, job_id: str) -> Counter[str]:
    return Counter(entry["action"] for entry in client.get(f"/jobs/{job_id}/timeline").json()["entries"])
