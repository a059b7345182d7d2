"""The service's own names, apart from those that loopback always has."""

import asyncio
import socket
from typing import Any, cast

import pytest
from litestar.types import Message, Receive, Scope, Send

from entrypoints.http.middleware.gate import Gate
from entrypoints.http.middleware.host import own_names


def status_of(host: str, *, server: tuple[str, int] | None = ("10.0.0.5", 8000), origin: str = "") -> int:
    """Return the status of a request that arrived at an address of this machine."""
    statuses = list[int]()
    headers = [(b"host", host.encode()), *([(b"origin", origin.encode())] if origin else [])]

    async def app(scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001 - the protocol's
        await send(cast("Message", {"type": "http.response.start", "status": 200, "headers": []}))

    async def send(message: Message) -> None:
        statuses.extend([message["status"]] if message["type"] == "http.response.start" else [])

    async def receive() -> Any:  # noqa: ANN401 - the protocol's
        raise AssertionError

    gate = Gate(app, allowed_hosts=tuple(own_names()), public_url="https://ocr.example")
    asked = {"path": "/api/v1/jobs", "method": "POST", "query_string": b"", "headers": headers}
    asyncio.run(gate(cast("Scope", {"type": "http", **asked, "server": server}), receive, send))
    return statuses[0]


def test_the_address_at_which_a_connection_arrived_is_an_own_name() -> None:
    assert status_of("10.0.0.5") == status_of("10.0.0.5:8000") == 200
    assert (
        status_of("[fd00::5]", server=("fd00::5", 8000)) == status_of("10.0.0.5", server=("::ffff:10.0.0.5", 1)) == 200
    )
    assert status_of("10.0.0.6") == status_of("10.0.0.5", server=None) == status_of("", server=("", 0)) == 421


def test_the_names_of_the_machine_are_its_own() -> None:
    name = socket.gethostname()
    assert status_of(name) == status_of(f"{name.upper()}:8000") == status_of(name.partition(".")[0]) == 200
    assert status_of(f"{name}.evil.example") == 421


@pytest.mark.parametrize(
    ("host", "origin", "status"),
    [
        ("ocr.example", "https://ocr.example", 200),
        ("ocr.example", "http://ocr.example", 403),
        ("ocr.example", "https://ocr.example:8443", 403),
        ("10.0.0.5", "http://10.0.0.5", 200),
        ("10.0.0.5", "https://10.0.0.5", 200),
        ("10.0.0.5", "https://ocr.example", 403),
    ],
)
def test_at_the_public_name_the_whole_origin_counts(host: str, origin: str, status: int) -> None:
    assert status_of(host, origin=origin) == status
