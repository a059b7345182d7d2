import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from entrypoints.client import ApiProblem, Client, GoneView, NoAnswer
from entrypoints.client import events as events_of_client
from entrypoints.http.app import create_app
from entrypoints.http.event_streams import EventStreams
from entrypoints.settings import Settings
from integration.client.test_verbs import pages
from integration.http.site import listening
from ocrcore import JobStatus
from ocrcore.formats.views import ItemView, JobView
from worlds import World


def test_a_job_is_followed_until_it_is_finished(world: World, client: Client) -> None:
    job = client.submit(pages("ONE", "TWO"))
    threading.Timer(0.3, world.process_all).start()
    seen = list(client.events(job.id))
    assert seen[-1] == client.get(job.id)
    assert {event.id: event.status for event in seen if isinstance(event, ItemView)} == {
        item.id: item.status for item in client.items(job.id)
    }
    assert {event.ocr_text for event in seen if isinstance(event, ItemView)} == {None}
    assert [type(event) for event in client.events(job.id, items=False)] == [JobView]


def test_all_jobs_are_followed_without_an_end(world: World, client: Client) -> None:
    first = client.submit(pages("ONE"))
    told = client.events()
    assert _until(told, first.id, JobStatus.PENDING)
    second = client.submit(pages("TWO"))
    world.process_all()
    assert _until(told, second.id, JobStatus.DONE)
    client.delete(first.id)
    assert GoneView(first.id) in told


def _until(told: Iterator[object], job_id: str, status: JobStatus) -> bool:
    return any(isinstance(event, JobView) and (event.id, event.status) == (job_id, status) for event in told)


def test_a_deleted_job_ends_its_events(client: Client) -> None:
    job = client.submit(pages("ONE"))
    told = client.events(job.id)
    next(told)
    client.delete(job.id)
    assert list(told) == [GoneView(job.id)]
    with pytest.raises(ApiProblem, match="no job"):
        next(client.events(job.id))


@contextmanager
def losing(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[EventStreams]]:
    """Let a test end all streams of a service."""
    made: list[EventStreams] = []
    begin = EventStreams.__init__

    def note(streams: EventStreams, *args: object) -> None:
        made.append(streams)
        begin(streams, *args)  # type: ignore[arg-type] # whatever it takes

    monkeypatch.setattr(EventStreams, "__init__", note)
    monkeypatch.setattr(events_of_client, "_PAUSE", 0.05)
    yield made


def test_a_stream_that_is_lost_is_resumed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        losing(monkeypatch) as services,
        listening(create_app(world.service, Settings())) as port,
        Client(f"http://127.0.0.1:{port}") as client,
    ):
        told = client.events()
        for _ in range(3):
            job = client.submit(pages("ONE"))
            assert _until(told, job.id, JobStatus.PENDING)
            for service in services:
                for stream in list(service._streams):
                    stream.finish("a test")
            world.process_all()
            world.tick(hours=1)  # so that only a place before it tells of it
            assert _until(told, job.id, JobStatus.DONE)


def test_a_service_that_is_not_there_is_an_error_at_once() -> None:
    with Client("http://127.0.0.1:1") as client, pytest.raises(NoAnswer):
        next(client.events())
