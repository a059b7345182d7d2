"""What one owner may have of the service at a time, so that the others have the rest."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from litestar.concurrency import set_asyncio_executor

from entrypoints.http.server import request_threads
from held_requests import writing_for_ever
from integration.http.keyed_house import SETTINGS, Answer, House, SlowClients, ask
from integration.http.site import form, part
from ocrcore import Job, OwnerJobs
from ocrcore.testing.patience import FOREVER
from worlds import picture

KIND = "multipart/form-data; boundary=edge"
BODY = form(part(picture()))
#: Bytes of the file of the job that a house has.
FILE = len(picture("A"))


@contextmanager
def house_with_room(most: int) -> Iterator[House]:
    """Yield a service that has room for so many bytes of answers."""
    house = House(replace(SETTINGS, max_upload_bytes=most))
    yield house
    house.close()


async def read(house: House, caller: str, target: str, slow: SlowClients | None = None) -> Answer:
    return await ask(house.app, "GET", target, {"authorization": f"Bearer {house.texts[caller]}"}, b"", slow=slow)


def test_answers_that_an_owner_reads_slowly_keep_no_other_owner_out() -> None:
    with house_with_room(4 * FILE) as house:
        ours = f"/api/v1/items/{house.names['item_id']}/image?original=1"
        house.owner = "bob"
        house.fill()
        theirs = f"/api/v1/items/{house.names['item_id']}/image?original=1"

        async def crowd() -> tuple[list[Answer], Answer]:
            slow = SlowClients()
            sent = [asyncio.create_task(read(house, "reader", ours, slow)) for _ in range(4)]
            for _ in sent:
                await slow.answered.acquire()
            other = await read(house, "other", theirs)
            slow.read()
            return list(await asyncio.gather(*sent)), other

        answers, other = house.loop.run_until_complete(crowd())
    assert sorted(answer.status for answer in answers) == [200, 200, 503, 503]
    assert (other.status, other.body) == (200, picture("A"))


@pytest.fixture
def house() -> Iterator[House]:
    """A service with the threads of a server."""
    threads = request_threads()
    set_asyncio_executor(threads)
    house = House()
    yield house
    house.close()
    set_asyncio_executor(None)
    threads.shutdown()


def crowded(house: House, method: str, target: str, body: bytes = b"", kind: str = "") -> list[asyncio.Task[Answer]]:
    """Begin more requests of one owner than there are threads."""
    headers = {"authorization": f"Bearer {house.texts['owner']}", "content-type": kind}
    return [asyncio.create_task(ask(house.app, method, target, headers, body)) for _ in range(100)]


def test_changes_of_one_owner_that_wait_in_the_database_keep_no_other_owner_waiting(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, over, rename = threading.Semaphore(0), threading.Event(), OwnerJobs.rename

    def late(*given: Any) -> Job:  # noqa: ANN401 - the verb's
        begun.release()
        assert over.wait(FOREVER)
        return rename(*given)

    monkeypatch.setattr(OwnerJobs, "rename", late)

    async def crowd() -> Answer:
        target = f"/api/v1/jobs/{house.names['job_id']}"
        sent = crowded(house, "PATCH", target, b'{"name": "x"}', "application/json")
        for _ in range(8):  # of 16 threads
            assert await asyncio.to_thread(begun.acquire, timeout=FOREVER)
        other = await asyncio.wait_for(read(house, "other", "/api/v1/jobs"), FOREVER)
        over.set()
        assert {answer.status for answer in await asyncio.gather(*sent)} == {200}
        return other

    try:
        assert house.loop.run_until_complete(crowd()).status == 200
    finally:
        over.set()


def test_results_of_one_owner_that_take_long_keep_no_submission_of_another_waiting(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    began, _ = writing_for_ever(monkeypatch, house.world.context.pdf_writer)

    async def crowd() -> Answer:
        sent = crowded(house, "GET", f"/api/v1/jobs/{house.names['job_id']}/result?format=pdf")
        assert await asyncio.to_thread(began.wait, FOREVER)
        headers = {"authorization": f"Bearer {house.texts['other']}", "content-type": KIND}
        other = await asyncio.wait_for(ask(house.app, "POST", "/api/v1/jobs", headers, BODY), FOREVER)
        for task in sent:
            task.cancel()
        await asyncio.wait(sent)
        return other

    assert house.loop.run_until_complete(crowd()).status == 202
