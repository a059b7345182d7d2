"""Small bodies that do not come, to addresses that anybody may ask."""

import asyncio
from collections.abc import Iterator

import pytest

from entrypoints.http.middleware import bodies
from integration.http.keyed_house import Answer, House, ask

FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def house() -> Iterator[House]:
    house = House()
    yield house
    house.close()


@pytest.mark.parametrize(
    ("method", "target", "caller"),
    [("POST", "/login", "nobody"), ("POST", "/jobs/{job_id:str}/rename", "owner"), ("POST", "/session", "nobody")],
)
@pytest.mark.parametrize("kind", ["multipart/form-data; boundary=x", FORM, "application/json"])
def test_a_small_body_that_does_not_come_is_not_waited_for(
    house: House, monkeypatch: pytest.MonkeyPatch, kind: str, method: str, target: str, caller: str
) -> None:
    """Whatever it says that it is: else anybody could hold as many connections as the service takes."""
    monkeypatch.setattr(bodies, "SECONDS", 0.2)
    path = target.replace("{job_id:str}", house.names["job_id"])
    headers = {"content-type": kind, "transfer-encoding": "chunked", "origin": "http://localhost"}
    if caller != "nobody":
        headers["authorization"] = f"Bearer {house.texts[caller]}"

    async def hold() -> Answer:
        return await asyncio.wait_for(ask(house.app, method, path, headers, b"", is_held=True), 10)

    assert house.loop.run_until_complete(hold()).status in {400, 415, 422}
