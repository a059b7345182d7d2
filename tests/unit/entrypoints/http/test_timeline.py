from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from litestar.testing import TestClient

from entrypoints.http.app import create_app
from entrypoints.settings import Settings
from worlds import World


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def client(world: World) -> Iterator[httpx.Client]:
    with TestClient(create_app(world.service, Settings()), base_url="http://127.0.0.1") as client:
        yield client


def timeline(client: httpx.Client, job_id: object, **query: str | int) -> dict[str, Any]:
    answer: dict[str, Any] = client.get(f"/api/v1/jobs/{job_id}/timeline", params=query).json()
    return answer


def test_an_entry_is_shown_with_all_that_is_told(world: World, client: httpx.Client) -> None:
    job = world.submit()
    assert timeline(client, job.id) == {
        "entries": [
            {
                "event_id": f"{job.id}#1#job.created",
                "action": "job.created",
                "actor": "local",
                "at": "2026-01-02T03:04:05.678901Z",
                "detail": {"items": 1},
            }
        ],
        "next_cursor": None,
    }


def test_pages_lose_and_repeat_nothing(world: World, client: httpx.Client) -> None:
    job = world.submit("A", "B", "C")
    world.process_all()
    page = timeline(client, job.id, limit=3)
    found = page["entries"]
    while page["next_cursor"] and len(found) < 20:
        page = timeline(client, job.id, limit=3, cursor=page["next_cursor"])
        found += page["entries"]
    assert found == timeline(client, job.id)["entries"]
    assert len(found) == 7


@pytest.mark.parametrize("query", [{"limit": 0}, {"limit": 201}, {"cursor": "x"}, {"cursor": "YWJj"}, {"cursor": "ü"}])
def test_a_page_that_makes_no_sense_is_refused(world: World, client: httpx.Client, query: dict[str, str | int]) -> None:
    assert timeline(client, world.submit().id, **query)["code"] == "invalid-page"


@pytest.mark.parametrize("job_id", ["x", "01900000-0000-7000-8000-000000000000"])
def test_an_unknown_job_has_no_timeline(client: httpx.Client, job_id: str) -> None:
    assert timeline(client, job_id)["code"] == "job-not-found"
