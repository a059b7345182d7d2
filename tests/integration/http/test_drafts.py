"""Submissions that announce their files, upload them to addresses, and submit afterwards."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any
from uuid import UUID

import httpx
import pytest

from entrypoints.http.routes import uploads as route
from entrypoints.http.upload_room import Taken, UploadRoom
from held_requests import held
from integration.http.site import JOBS, NOTHING, Site, problem
from ocrcore.testing.patience import FOREVER, within
from worlds import picture


def assert_only_a_draft(site: Site) -> None:
    (job,) = site.world.database.jobs.values()
    assert job.submitted_at is None
    assert site.world.context.documents.keys("", 10) == []


def announce(site: Site, *files: dict[str, Any], key: str | None = None, **members: object) -> httpx.Response:
    headers = {} if key is None else {"idempotency-key": key}
    return site.client.post(JOBS, json={"uploads": list(files), **members}, headers=headers)


def a_file(content: bytes = picture(), name: str = "a.png") -> dict[str, Any]:
    return {"filename": name, "size": len(content), "content_type": "image/png"}


def a_draft(site: Site, *contents: bytes, **members: str | int | None) -> dict[str, Any]:
    """Return a draft of these files, by default of one picture."""
    files = [a_file(content) for content in contents or (picture(),)]
    answer = site.client.post(JOBS, json={"uploads": files, **members})
    assert answer.status_code == 201, answer.text
    draft: dict[str, Any] = answer.json()
    return draft


def upload(site: Site, draft: dict[str, Any], *contents: bytes) -> None:
    for address, content in zip(draft["uploads"], contents, strict=True):
        answer = send(site, address, content)
        assert answer.status_code == 204, answer.text


def send(site: Site, address: dict[str, Any], content: bytes, **headers: str) -> httpx.Response:
    return site.client.request(address["method"], address["url"], content=content, headers=headers)


def submit(site: Site, draft: dict[str, Any]) -> httpx.Response:
    return site.client.post(f"{JOBS}/{draft['job']['id']}/submit")


def test_a_draft_has_an_address_for_each_file(site: Site) -> None:
    answer = announce(site, a_file(b"12345"), a_file(b"1"), name="two", languages="eng")
    draft = answer.json()
    assert answer.status_code == 201
    assert answer.headers["location"] == f"{JOBS}/{draft['job']['id']}"
    assert (draft["job"]["name"], draft["job"]["status"], draft["job"]["items"]["total"]) == ("two", "PENDING", 0)
    assert [upload["index"] for upload in draft["uploads"]] == [0, 1]
    assert [upload.keys() for upload in draft["uploads"]] == [{"index", "method", "url", "fields", "expires_at"}] * 2
    assert draft["uploads"][0]["url"].startswith(f"http://127.0.0.1:{site.port}/api/v1/uploads/")
    assert_only_a_draft(site)


def test_what_is_uploaded_and_submitted_is_a_job(site: Site) -> None:
    draft = a_draft(site, picture("ONE"), picture("TWO"))
    upload(site, draft, picture("ONE"), picture("TWO"))
    answer = submit(site, draft)
    assert answer.status_code == 202
    assert answer.json()["items"]["pending"] == 2
    site.world.process_all()
    assert site.get(f"/jobs/{draft['job']['id']}/result").text == "ONE\fTWO"
    again = submit(site, draft)
    assert (again.status_code, again.json()["status"]) == (202, "DONE")


def test_a_draft_is_seen_by_its_id_only(site: Site) -> None:
    draft = a_draft(site)
    shown = site.get(f"/jobs/{draft['job']['id']}")
    assert (shown.status_code, shown.json()) == (200, draft["job"])
    assert "submitted" in shown.json()["blocked_by"]
    assert site.get("/jobs").json()["jobs"] == []
    assert site.get(f"/jobs/{draft['job']['id']}/items").json()["items"] == []
    assert site.client.get(f"{JOBS}/{draft['job']['id']}?wait=1s").json()["status"] == "PENDING"


def test_a_wait_for_a_draft_ends_when_it_was_submitted_and_is_finished(site: Site) -> None:
    draft = a_draft(site, picture("ONE"))
    with held(f"http://127.0.0.1:{site.port}{JOBS}/{draft['job']['id']}?wait=30s") as (answer,):
        upload(site, draft, picture("ONE"))
        assert not answer.done()
        submit(site, draft)
        assert not answer.done()
        with within(3):
            site.world.process_all()
            assert answer.result(FOREVER).json()["status"] == "DONE"


@pytest.mark.parametrize(("method", "verb"), [("POST", "cancel"), ("POST", "retry"), ("GET", "result")])
def test_a_draft_is_not_submitted(site: Site, method: str, verb: str) -> None:
    draft = a_draft(site)
    problem(site.client.request(method, f"{JOBS}/{draft['job']['id']}/{verb}"), "not-submitted")


def test_a_draft_is_deleted_with_what_was_uploaded(site: Site) -> None:
    draft = a_draft(site)
    upload(site, draft, picture())
    assert site.client.delete(f"{JOBS}/{draft['job']['id']}").status_code == 204
    assert site.stored == NOTHING
    problem(send(site, draft["uploads"][0], picture()), "not-found")
    problem(submit(site, draft), "job-not-found")
    assert site.stored == NOTHING


def test_addresses_are_renewed_until_the_job_is_submitted(site: Site) -> None:
    draft = a_draft(site)
    site.world.tick(minutes=20)
    problem(send(site, draft["uploads"][0], picture()), "not-found")
    renewed = site.client.post(f"{JOBS}/{draft['job']['id']}/uploads")
    assert renewed.status_code == 200
    assert renewed.json()["uploads"][0]["expires_at"] > draft["uploads"][0]["expires_at"]
    upload(site, renewed.json(), picture())
    assert submit(site, draft).status_code == 202
    problem(site.client.post(f"{JOBS}/{draft['job']['id']}/uploads"), "job-open")
    problem(send(site, renewed.json()["uploads"][0], picture()), "not-found")


@pytest.mark.parametrize("change", ["size=13", "expires=", "signature=", "/0?"])
def test_an_address_that_was_changed_is_none(site: Site, change: str) -> None:
    draft = a_draft(site)
    address = draft["uploads"][0]
    (name, mark, value) = change.partition("=") if "=" in change else change.partition("?")
    other = address["url"].replace(
        f"{name}{mark}{value}", f"{name[:-1]}1{mark}" if mark == "?" else f"{name}{mark}9{value}"
    )
    assert other != address["url"]
    problem(send(site, address | {"url": other}, picture()), "not-found")
    assert_only_a_draft(site)


@pytest.mark.parametrize("query", ["", "?size=1", "?size=1&expires=99999999999999999999&signature=x", "?signature=%FF"])
def test_an_address_that_nobody_gave_is_none(site: Site, query: str) -> None:
    draft = a_draft(site)
    problem(site.client.put(f"/api/v1/uploads/{draft['job']['id']}/0{query}", content=b"1"), "not-found")
    problem(site.client.put(f"/api/v1/uploads/none/0{query}", content=b"1"), "not-found")


def test_an_upload_has_the_size_that_was_announced(site: Site) -> None:
    draft = a_draft(site, b"12345")
    for content in (b"1234", b"123456", b""):
        assert problem(send(site, draft["uploads"][0], content), "upload-mismatch")["index"] == 0
    assert_only_a_draft(site)


def test_an_upload_is_sent_as_it_is(site: Site) -> None:
    draft = a_draft(site)
    answer = send(site, draft["uploads"][0], picture(), **{"content-encoding": "gzip"})
    problem(answer, "unsupported-media-type")


def test_an_upload_may_be_of_any_type_and_sent_in_pieces(site: Site) -> None:
    draft = a_draft(site)
    answer = site.client.put(draft["uploads"][0]["url"], content=iter([picture()[:5], picture()[5:]]))
    assert answer.status_code == 204
    assert send(site, draft["uploads"][0], picture(), **{"content-type": "text/html"}).status_code == 204
    assert submit(site, draft).status_code == 202


def test_uploads_share_the_room_of_all_uploads(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    draft = a_draft(site, b"1" * 990_000, b"2" * 990_000)
    arrived, go_on = Event(), Event()
    sizes, take = list[int](), UploadRoom.take

    def noting(room: UploadRoom, size: int, owner: str | None, taken: Taken) -> None:
        take(room, size, owner, taken)
        sizes.append(size)
        if sum(sizes) == 980_000:
            arrived.set()

    def slowly() -> Iterator[bytes]:
        yield b"1" * 980_000
        assert go_on.wait(FOREVER)
        yield b"1" * 10_000

    monkeypatch.setattr(UploadRoom, "take", noting)
    with ThreadPoolExecutor(1) as thread, httpx.Client(timeout=FOREVER) as another:
        first = thread.submit(another.put, draft["uploads"][0]["url"], content=slowly())
        assert arrived.wait(FOREVER)
        problem(send(site, draft["uploads"][1], b"2" * 990_000), "busy")
        go_on.set()
        assert first.result().status_code == 204


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "malformed-request"),
        (b"{", "malformed-request"),
        (b"[" * 70_000, "malformed-request"),
        (b"\xff", "malformed-request"),
        (b"[]", "invalid-option"),
        (b"{}", "unsupported-media-type"),
        (b'{"uploads": null}', "no-files"),
        (b'{"uploads": []}', "no-files"),
        (b'{"uploads": {}}', "invalid-option"),
        (b'{"uploads": [1]}', "invalid-option"),
        (b'{"uploads": [{"size": 1}]}', "not-a-file"),
        (b'{"uploads": [{"filename": "", "size": 1}]}', "not-a-file"),
        (b'{"uploads": [{"filename": "a"}]}', "invalid-option"),
        (b'{"uploads": [{"filename": "a", "size": -1}]}', "invalid-option"),
        (b'{"uploads": [{"filename": "a", "size": 1.5}]}', "invalid-option"),
        (b'{"uploads": [{"filename": "a", "size": true}]}', "invalid-option"),
        (b'{"uploads": [{"filename": "a", "size": 0}]}', "empty-file"),
        (b'{"uploads": [{"filename": "a", "size": 1000001}]}', "file-too-large"),
        (b'{"uploads": [{"filename": "a", "size": 1, "content_type": "no type"}]}', "invalid-option"),
        (b'{"uploads": [{"filename": "a", "size": 1, "content_type": 5}]}', "invalid-option"),
        (b'{"uploads": [{"filename": "a", "size": 1, "content_type": []}]}', "invalid-option"),
        (b'{"uploads": [{"filename": "a", "size": 1, "content_type": {}}]}', "invalid-option"),
        (b'{"uploads": [{"filename": "a", "size": 1, "type": "x"}]}', "unknown-field"),
        (b'{"uploads": [{"filename": "a", "size": 1}], "file": 1}', "unknown-field"),
        (b'{"uploads": [{"filename": "a", "size": 1}], "name": 5}', "invalid-option"),
        (b'{"uploads": [{"filename": "a", "size": 1}], "psm": [3]}', "invalid-option"),
        (b'{"uploads": [{"filename": "a", "size": 1}], "psm": 99}', "invalid-option"),
        (b'{"uploads": [{"filename": "a", "size": 1}], "name": "a", "name": "b"}', "invalid-option"),
        (b'{"uploads": [{"filename": "a", "size": 1}], "languages": "xyz"}', "unsupported-language"),
        (json.dumps({"uploads": [{"filename": "a", "size": 1}] * 6}).encode(), "too-many-files"),
        (json.dumps({"uploads": [{"filename": "a", "size": 900_000}] * 3}).encode(), "body-too-large"),
        (json.dumps({"uploads": [{"filename": "a", "size": 10**4300 - 1}] * 2}).encode(), "body-too-large"),
        (b" " * 100_000, "body-too-large"),
    ],
)
def test_an_announcement_is_refused_without_a_trace(site: Site, body: bytes, code: str) -> None:
    problem(site.client.post(JOBS, content=body, headers={"content-type": "application/json"}), code)
    assert site.stored == NOTHING


def test_options_may_be_numbers_and_null(site: Site) -> None:
    draft = a_draft(site, psm=6, expires_in=60, languages=None, name=None)
    assert (draft["job"]["options"]["psm"], draft["job"]["options"]["expires_in"]) == (6, 60)
    assert draft["job"]["name"] == "a.png"


@pytest.mark.parametrize("name", ["../\u202e\x00a.png", "\ud800", "a" * 5000])
def test_a_name_is_stored_cleaned(site: Site, name: str) -> None:
    body = json.dumps({"uploads": [a_file(name=name)]}).encode()
    answer = site.client.post(JOBS, content=body, headers={"content-type": "application/json; charset=utf-8"})
    assert answer.status_code == 201
    upload(site, answer.json(), picture())
    assert submit(site, answer.json()).status_code == 202
    (item,) = site.get(f"/jobs/{answer.json()['job']['id']}/items").json()["items"]
    assert item["filename"] in {"../a.png", "untitled", "a" * 255}


def test_what_is_missing_or_bad_is_named(site: Site) -> None:
    draft = a_draft(site, picture("ONE"), b"no picture at all")
    missing = problem(submit(site, draft), "upload-missing")
    assert (missing["index"], "File 1 (a.png)" in missing["detail"]) == (0, True)
    upload(site, draft, picture("ONE"), b"no picture at all")
    bad = problem(submit(site, draft), "unsupported-image")
    assert (bad["index"], "File 2 (a.png)" in bad["detail"]) == (1, True)
    upload(site, draft, picture("ONE"), b"PICTURE:123456789")
    assert submit(site, draft).status_code == 202


def test_a_repeated_announcement_with_a_key_gives_the_same_draft(site: Site) -> None:
    first, second = (announce(site, a_file(), key="k") for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["job"]["id"] == second.json()["job"]["id"]
    assert "idempotency-replayed" not in first.headers
    assert second.headers["idempotency-replayed"] == "true"
    problem(announce(site, a_file(b"other"), key="k"), "idempotency-mismatch")
    assert_only_a_draft(site)


def test_submits_at_once_make_one_job(site: Site) -> None:
    contents = [picture(f"PAGE {number}") for number in range(5)]
    draft = a_draft(site, *contents)
    upload(site, draft, *contents)
    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(lambda _: httpx.post(submit_url(site, draft), timeout=FOREVER), range(12)))
    assert {answer.status_code for answer in answers} == {202}
    assert {answer.json()["items"]["total"] for answer in answers} == {5}
    assert len(site.world.database.items) == 5
    site.world.service.upkeep_once()
    assert len(site.world.context.documents.keys("", 100)) == 5


def submit_url(site: Site, draft: dict[str, Any]) -> str:
    return f"http://127.0.0.1:{site.port}{JOBS}/{draft['job']['id']}/submit"


def test_a_submit_that_is_overtaken_by_one_that_ends_without_a_job_is_to_be_repeated(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(route, "PATIENCE", 0.2)
    draft = a_draft(site)
    upload(site, draft, picture())
    context: Any = site.world.context
    copy = context.uploads.copy
    replaced: list[bool] = []

    def overtake(*args: object) -> object:
        if not replaced:
            replaced.append(True)
            context.uploads.copy = fail
            with pytest.raises(RuntimeError):
                site.world.owned.submit_draft(UUID(draft["job"]["id"]))
            context.uploads.copy = copy
        return copy(*args)

    def fail(*_: object) -> None:
        raise RuntimeError

    context.uploads.copy = overtake
    problem(submit(site, draft), "busy")
    assert submit(site, draft).status_code == 202
