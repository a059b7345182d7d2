"""Streams of events, on real connections."""

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, cast
from uuid import uuid4

import httpx
import pytest

from entrypoints.http import dependencies, event_streams
from entrypoints.http.app import create_app
from entrypoints.http.problems import HttpProblem
from entrypoints.settings import Settings
from integration.http.conftest import Server, running
from integration.http.keyed_house import House
from integration.http.site import Site, listening
from ocrcore import LOCAL_OWNER, Job, OcrService
from ocrcore.application.jobs.changes import ChangeWatch, States
from ocrcore.application.verdicts import Verdicts
from ocrcore.domain.errors import DatabaseUnavailable
from ocrcore.domain.instants import format_instant
from ocrcore.testing.patience import FOREVER, eventually
from worlds import World, uploads

ALL = "/api/v1/events"


@dataclass(frozen=True)
class Event:
    name: str
    data: dict[str, Any]


@pytest.fixture
def server() -> Iterator[Server]:
    """An application for each test: it remembers what it has told, and all fakes give the same ids."""
    with running() as server:
        yield server


class Listener:
    """A client that reads a stream line by line."""

    def __init__(self, answer: httpx.Response) -> None:
        self.answer = answer
        self._lines = answer.iter_lines()
        self.place = ""
        self.comments: list[str] = []

    def blocks(self) -> Iterator[list[tuple[str, str]]]:
        block: list[tuple[str, str]] = []
        for line in self._lines:
            if not line:
                yield block
                block = []
                continue
            field, _, value = line.partition(":")
            block.append((field, value.removeprefix(" ")))
            if field == "id":
                self.place = value.removeprefix(" ")
            if not field:
                self.comments.append(value.strip())

    def events(self) -> Iterator[Event]:
        for block in self.blocks():
            fields = dict(block)
            if "event" in fields:
                yield Event(fields["event"], json.loads(fields["data"]))

    def until(self, name: str, **members: object) -> list[Event]:
        """Return the events up to the first of this name with these members."""
        seen = []
        for event in self.events():
            seen.append(event)
            if event.name == name and members.items() <= event.data.items():
                return seen
        msg = f"the stream ended before {name} {members}: {seen}"
        raise AssertionError(msg)


@contextmanager
def listener(site: Site, path: str = ALL, **headers: str) -> Iterator[Listener]:
    address = f"http://127.0.0.1:{site.port}{path}"
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    with httpx.Client(timeout=FOREVER) as client, client.stream("GET", address, headers=named) as answer:
        listening = Listener(answer)
        if answer.status_code == 200:
            next(listening.blocks())  # it is open
        yield listening


def of_job(job: Job) -> str:
    return f"/api/v1/jobs/{job.id}/events"


def submit(site: Site, *texts: str) -> Job:
    return site.service.of(LOCAL_OWNER).submit(uploads(*texts))


def test_a_stream_is_one_for_proxies_and_browsers(site: Site) -> None:
    with listener(site) as stream:
        headers = stream.answer.headers
        assert headers["content-type"] == "text/event-stream; charset=utf-8"
        assert headers["x-accel-buffering"] == "no"
        assert "no-transform" in headers["cache-control"]
        assert "x-request-id" in headers
        assert stream.comments == ["ocrcore"]
        assert stream.place == format_instant(site.world.clock.now())


def test_jobs_and_items_are_told_as_they_change(site: Site) -> None:
    with listener(site) as stream:
        job = submit(site, "A", "B")
        (first,) = stream.until("job", id=str(job.id), status="PENDING")
        known = site.client.get(f"/api/v1/jobs/{job.id}").json()
        assert first.data == known
        site.world.process_all()
        seen = stream.until("job", id=str(job.id), status="DONE")
        items = {event.data["id"]: event.data for event in seen if event.name == "item"}
        for item in site.client.get(f"/api/v1/jobs/{job.id}/items").json()["items"]:
            assert item.pop("ocr_text")
            assert items[item["id"]] == item
        site.service.of(LOCAL_OWNER).delete(job.id)
        assert stream.until("gone")[-1].data == {"id": str(job.id)}


def test_a_stream_without_items_has_none(site: Site) -> None:
    with listener(site, f"{ALL}?items=false") as stream:
        job = submit(site, "A")
        site.world.process_all()
        assert {event.name for event in stream.until("job", id=str(job.id), status="DONE")} == {"job"}


def test_the_stream_of_a_job_ends_with_it(site: Site) -> None:
    job, other = submit(site, "A"), submit(site, "B")
    with listener(site, of_job(job)) as stream:
        threading.Timer(0.2, site.world.process_all).start()
        seen = list(stream.events())
    assert {event.data.get("job_id", event.data["id"]) for event in seen} == {str(job.id)}
    assert [event.name for event in seen][-2:] == ["item", "job"]
    assert seen[-1].data["status"] == "DONE"
    assert stream.comments[-1] == "the job is finished"
    assert other.id != job.id


def test_the_stream_of_a_finished_job_tells_it_and_ends(site: Site) -> None:
    job = submit(site, "A")
    site.world.process_all()
    site.world.tick(hours=1)
    with listener(site, of_job(job)) as stream:
        assert [(event.name, event.data["status"]) for event in stream.events()] == [("job", "DONE")]


def test_the_stream_of_a_job_ends_when_it_is_deleted(site: Site) -> None:
    job = submit(site, "A")
    with listener(site, of_job(job)) as stream:
        stream.until("job")
        site.service.of(LOCAL_OWNER).delete(job.id)
        assert [event.name for event in stream.events()] == ["gone"]


def test_who_resumes_is_told_all_that_happened_meanwhile(site: Site) -> None:
    with listener(site) as stream:
        lost, kept = submit(site, "A"), submit(site, "B")
        stream.until("job", id=str(kept.id))
        site.world.tick(seconds=1)
        eventually(lambda: _next_place(site, stream))
    site.service.of(LOCAL_OWNER).delete(lost.id)
    site.world.process_all()
    site.world.tick(hours=3)
    new, place = submit(site, "C"), stream.place
    with listener(site, last_event_id=place) as stream:
        seen = stream.until("job", id=str(new.id))
    states = {(event.name, event.data["id"], event.data.get("status")) for event in seen}
    assert {("gone", str(lost.id), None), ("job", str(kept.id), "DONE")} <= states
    with listener(site, of_job(lost), last_event_id=place) as stream:
        assert [event.name for event in stream.events()] == ["gone"]
    assert site.client.get(of_job(lost)).status_code == 404


def _next_place(site: Site, stream: Listener) -> bool:
    """Let something happen, and return whether the stream has told a place."""
    job = submit(site, "X")
    stream.until("job", id=str(job.id))
    next(stream.blocks())
    return bool(stream.place)


@pytest.mark.parametrize("place", ["yesterday", "2026-01-01T00:00:00", "0", "9" * 500])
def test_a_strange_place_is_refused(site: Site, place: str) -> None:
    answer = site.client.get(ALL, headers={"last-event-id": place})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid-page")


def test_a_place_in_the_future_is_now(site: Site) -> None:
    job = submit(site, "A")
    later = format_instant(site.world.clock.now() + timedelta(days=1))
    with listener(site, last_event_id=later) as stream:
        stream.until("job", id=str(job.id))


def test_a_place_before_there_was_anything_is_the_beginning(site: Site) -> None:
    job = submit(site, "A")
    for path in (ALL, of_job(job)):
        with listener(site, path, last_event_id="0001-01-01T00:00:00.000000Z") as stream:
            assert stream.answer.status_code == 200
            stream.until("job", id=str(job.id))


def test_head_and_options_end_at_once(site: Site) -> None:
    job = submit(site, "A")
    for path in (ALL, of_job(job)):
        answer = site.client.head(path)
        assert (answer.status_code, answer.content) == (200, b"")
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert site.client.options(path).headers["allow"] == "GET, HEAD, OPTIONS"
    unknown = f"/api/v1/jobs/{uuid4()}/events"
    assert site.client.head(unknown).status_code == 404
    assert site.client.get(unknown).json()["code"] == "job-not-found"
    assert site.client.get(f"{ALL}?item=0").status_code == 422


def test_a_sign_of_life_comes_when_nothing_happens(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_streams, "HEARTBEAT", 0.1)
    with listener(site) as stream:
        blocks = stream.blocks()
        while "alive" not in stream.comments:
            next(blocks)
        assert stream.place


def test_a_client_that_falls_behind_is_told_the_latest_all_the_same(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_streams, "MOST_NOTED", 3)
    with listener(site) as stream:
        jobs = [submit(site, "A") for _ in range(30)]
        site.world.process_all()
        left = {str(job.id) for job in jobs}
        for event in stream.events():
            if event.name == "job" and event.data["status"] == "DONE":
                left.discard(event.data["id"])
            if not left:
                return


def test_too_many_streams_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dependencies, "most_streams", lambda: 2)
    world = World()
    with listening(create_app(OcrService(world.context), Settings())) as port:
        site = Site(world, httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=FOREVER), port)
        with listener(site), listener(site):
            answer = site.client.get(ALL)
            assert (answer.status_code, answer.json()["code"]) == (503, "busy")
            assert int(answer.headers["retry-after"]) > 0
        eventually(lambda: site.client.head(ALL).status_code == 200)
        site.client.close()


def test_an_owner_never_has_all_of_the_streams() -> None:
    world = World()
    streams = event_streams.EventStreams(OcrService(world.context), asyncio.Event(), most=4)
    key = world.service.authenticate(world.service.keys.create("ana").text)
    bob = world.service.authenticate(world.service.keys.create("bob").text)

    async def listen() -> None:
        mine = [event_streams.EventStream(key) for _ in range(2)]
        for stream in mine:
            streams.add(stream)
        for caller in (key, replace(key, owner="bob", itself="ana")):  # an administrator at another owner's jobs
            with pytest.raises(HttpProblem, match="as many open streams"):
                streams.add(event_streams.EventStream(caller))
        other = event_streams.EventStream(bob)
        streams.add(other)
        streams.remove(mine[0])
        streams.add(event_streams.EventStream(key))
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()

    asyncio.run(listen())


class Away:
    """A port that does not answer."""

    def __getattr__(self, verb: str) -> Any:  # noqa: ANN401 - any verb
        def fail(*_: object) -> None:
            raise DatabaseUnavailable

        return fail


def test_a_database_that_is_away_is_answered_at_the_beginning_and_waited_for_later(site: Site) -> None:
    context, sound = site.world.context, site.world.context.changes
    with listener(site) as stream:
        object.__setattr__(context, "changes", Away())
        assert site.client.get(ALL).json()["code"] == "database-unavailable"
        time.sleep(3 * event_streams.TICK)
        object.__setattr__(context, "changes", sound)
        job = submit(site, "A")
        stream.until("job", id=str(job.id))


def test_a_stream_for_which_nobody_can_look_any_more_ends(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> Iterator[States]:
        raise ZeroDivisionError

    with listener(site) as stream:
        monkeypatch.setattr(ChangeWatch, "look", fail)
        submit(site, "A")
        list(stream.events())
        assert stream.comments[-1] == "the service failed"
        monkeypatch.undo()
    with listener(site, last_event_id=stream.place) as stream:  # and a client that comes again misses nothing
        stream.until("job", status="PENDING")


def test_no_place_is_told_beyond_a_look_that_is_under_way(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it read long ago may be told after newer states, which whoever resumes has to read again."""
    under_way, goes_on, look = threading.Event(), threading.Event(), ChangeWatch.look

    def slow(*arguments: Any) -> Iterator[States]:  # noqa: ANN401 - whatever a look is told
        for found in look(*arguments):
            under_way.set()
            goes_on.wait(FOREVER)
            yield found

    monkeypatch.setattr(ChangeWatch, "look", slow)
    with listener(site):
        assert under_way.wait(FOREVER)
        before = format_instant(site.world.clock.now())
        site.world.tick(hours=3)
        job = submit(site, "A")
        later = format_instant(site.world.clock.now())
        with (
            listener(site) as new,
            listener(site, last_event_id=later) as from_another_process,
            listener(site, last_event_id="0001-01-01T00:00:00.000000Z") as resumed,
        ):
            resumed.until("job", id=str(job.id))
            next(resumed.blocks())
            places = new.place, from_another_process.place, resumed.place
            goes_on.set()
    assert "0001" < min(places) <= max(places) <= before


def test_a_stream_ends_soon_after_its_key() -> None:
    house = House()
    other = OcrService(replace(house.world.context, verdicts=Verdicts()))
    keys = {key.name: key.id for key in other.keys.list()}

    def end(name: str) -> str:
        with listening(house.app) as port:
            site = Site(house.world, cast("httpx.Client", None), port)
            with listener(site, authorization=f"Bearer {house.texts[name]}") as stream:
                other.keys.revoke(keys[name])
                house.world.tick(seconds=2)
                list(stream.events())  # what happened lately, and then the end
                return stream.comments[-1]

    assert end("owner") == "the key has ended"
    house.close()


def test_a_stream_ends_when_the_service_stops() -> None:
    closing = asyncio.Event()
    world = World()
    with listening(create_app(OcrService(world.context), Settings(), closing=closing)) as port:
        site = Site(world, cast("httpx.Client", None), port)
        with listener(site) as stream:
            closing.set()  # the loop looks at it twice a second
            assert list(stream.events()) == []
            assert stream.comments[-1] == "the service stops"
