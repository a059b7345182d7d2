"""Requests whose key is revoked while they are answered."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from entrypoints.http import key_look, upload, watcher
from entrypoints.http.key_look import KEY_LOOK
from held_requests import writing_for_ever
from integration.http.driven_loop import DrivenLoop, drive
from integration.http.keyed_house import READ, WRITE, Answer, House, ask
from integration.http.site import form, part
from integration.http.test_access import OF_ALL_HOLDERS, PUBLIC_HANDLERS, real_rows
from ocrcore import OcrService
from ocrcore.application.verdicts import VERDICT_LIFE, Verdicts
from worlds import picture, uploads

FORM = "multipart/form-data; boundary=edge"

#: Seconds for what takes a few on an idle machine.
FOREVER = 60


@pytest.fixture
def driven(monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """A service in time that passes only where it is waited for."""
    house, loop = House(), DrivenLoop()
    house.loop.close()
    house.loop = loop
    drive(monkeypatch, loop, key_look, watcher, upload)
    yield house
    house.close()


async def until_it_ends(house: House, asked: "asyncio.Task[Answer]") -> tuple[Answer, float]:
    """Let another process revoke the key of a request that is held; return its answer, and after how many seconds.

    What is remembered of the key has just become too old then.
    """
    await asyncio.sleep(0.5)
    assert not asked.done()
    other = OcrService(replace(house.world.context, verdicts=Verdicts()))
    (key_id,) = [key.id for key in other.keys.list() if key.name == "owner"]
    other.keys.revoke(key_id)
    begun = house.loop.time()
    house.world.tick(seconds=VERDICT_LIFE.total_seconds())
    return await asked, house.loop.time() - begun


#: Method, target and headers of requests that are held for longer than a key that was revoked may be.
HELD = {
    "wait": ("GET", "/api/v1/jobs/{job_id}?wait=30s", {}),
    "text": ("POST", "/api/v1/ocr?wait=60s", {"content-type": FORM}),
    "body": ("POST", "/api/v1/jobs", {"content-type": FORM, "content-length": "999"}),
}


@pytest.mark.parametrize("held", HELD)
def test_a_held_answer_ends_soon_after_another_process_has_revoked_its_key(driven: House, held: str) -> None:
    job = driven.service.of("ana").submit(uploads("B"))
    method, target, headers = HELD[held]
    sent = {"authorization": f"Bearer {driven.texts['owner']}", **headers}
    body = form(part(picture())) if held == "text" else b""

    async def hold() -> tuple[Answer, float]:
        asking = ask(driven.app, method, target.format(job_id=job.id), sent, body, is_held=held == "body")
        return await until_it_ends(driven, asyncio.create_task(asking))

    answer, seconds = driven.loop.run_until_complete(hold())
    assert answer.status == 401
    assert seconds <= KEY_LOOK


def test_a_stream_of_events_ends_soon_after_another_process_has_revoked_its_key(driven: House) -> None:
    sent = {"authorization": f"Bearer {driven.texts['owner']}"}

    async def hold() -> tuple[Answer, float]:
        asking = ask(driven.app, "GET", "/api/v1/events", sent, b"", listens=True)
        return await until_it_ends(driven, asyncio.create_task(asking))

    answer, seconds = driven.loop.run_until_complete(hold())
    assert b"the key has ended" in answer.body
    assert seconds <= KEY_LOOK


def test_a_result_that_takes_long_is_not_written_on_for_a_key_that_was_revoked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    house = House()
    began, ended = writing_for_ever(monkeypatch, house.world.context.pdf_writer)
    (key_id,) = [key.id for key in house.service.keys.list() if key.name == "owner"]

    async def read() -> Answer:
        headers = {"authorization": f"Bearer {house.texts['owner']}"}
        target = f"/api/v1/jobs/{house.names['job_id']}/result?format=pdf"
        asked = asyncio.create_task(ask(house.app, "GET", target, headers, b""))
        assert await asyncio.to_thread(began.wait, FOREVER)
        house.service.keys.revoke(key_id)
        return await asyncio.wait_for(asked, FOREVER)

    assert house.loop.run_until_complete(read()).status == 401
    assert ended.wait(FOREVER)
    house.close()


def test_a_request_whose_key_is_revoked_before_its_commit_leaves_no_job() -> None:
    house = House()
    (key_id,) = [key.id for key in house.service.keys.list() if key.name == "owner"]
    edge = b"--edge\r\ncontent-disposition: form-data; name=files; filename=a.png\r\n\r\nPICTURE:X\r\n--edge--\r\n"
    documents = house.world.context.documents
    revoke: Callable[[], object] = lambda: house.service.keys.revoke(key_id)  # noqa: E731

    class Revoking:
        """Documents that are stored while the key is revoked."""

        def put(self, name: str, content: Any) -> None:  # noqa: ANN401 - the port's
            documents.put(name, content)
            revoke()

        def __getattr__(self, verb: str) -> Any:  # noqa: ANN401 - any verb
            return getattr(documents, verb)

    object.__setattr__(house.world.context, "documents", Revoking())
    before = len(list(house.service.of("ana").list()))
    answer = house.ask("POST", "/api/v1/jobs", "owner", body=edge, content_type="multipart/form-data; boundary=edge")
    assert answer.status == 401, answer.body
    assert len(list(house.service.of("ana").list())) == before
    house.close()


def test_nothing_that_changes_something_is_done_for_a_key_that_was_revoked_a_moment_ago() -> None:
    """Its row was looked at within the two seconds, so the request is let in; what it would change must look again."""
    house = House()
    other = OcrService(replace(house.world.context, verdicts=Verdicts()))
    refused = set()
    for method, path in real_rows(house):
        if method == "GET" or (method, path) in PUBLIC_HANDLERS | OF_ALL_HOLDERS:
            continue
        house.fill()
        works = house.call(method, path, "owner").status < 400
        house.fill()
        key = other.keys.create("ana", name="a moment ago", scopes=frozenset({READ, WRITE}))
        house.texts["a moment ago"] = key.text
        assert house.ask("GET", "/api/v1/jobs", "a moment ago").status == 200
        other.keys.revoke(key.key.id)
        status = house.call(method, path, "a moment ago").status
        if (method, path) == ("POST", "/api/v1/jobs/{job_id:str}/submit"):  # it is submitted, so nothing changes
            continue
        assert status == 401 or (not works and 400 <= status < 500), (method, path, status)
        refused |= {(method, path)} if status == 401 else set()
    assert sum("webhooks" in path for _, path in refused) == 8
    assert sum("/keys" in path for _, path in refused) == 6
    assert sum("/items" in path for _, path in refused) == 5
    assert len(refused) > 20, refused
    house.close()
