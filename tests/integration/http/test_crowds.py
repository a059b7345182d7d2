"""More connections than there is room for, each of which owes something."""

import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress

import httpx
import pytest

from entrypoints.http import connections
from entrypoints.http.access import share_of
from entrypoints.http.connection_room import RESERVED
from integration.http.keyed_house import House
from integration.http.site import listening
from ocrcore import LOCAL_OWNER
from ocrcore.domain.caller import Caller
from ocrcore.testing.patience import FOREVER, eventually

MOST = 8
#: What anybody may send: the end of a body never comes.
BEGUN = b"POST /session HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{"


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    house = House()
    with listening(house.app, most=MOST) as port:
        yield port
    house.close()


@contextmanager
def clients(port: int, number: int, said: bytes = BEGUN, source: str = "127.0.0.1") -> Iterator[list[socket.socket]]:
    """Yield connections that have said something."""
    with ExitStack() as stack:
        opened = []
        for _ in range(number):
            client = socket.create_connection(("127.0.0.1", port), FOREVER, (source, 0))
            opened.append(stack.enter_context(client))
            client.sendall(said)
            client.settimeout(0)  # else a look would wait for what the connection says at its end
        yield opened


def open_ones(of: Sequence[socket.socket]) -> list[bool]:
    return [is_open(client) for client in of]


def is_open(client: socket.socket) -> bool:
    with suppress(BlockingIOError):
        try:
            return client.recv(4096) != b""
        except ConnectionResetError:
            return False
    return True


def ask(port: int, path: str, source: str = "127.0.0.1") -> httpx.Response:
    with httpx.Client(transport=httpx.HTTPTransport(local_address=source), timeout=FOREVER) as client:
        return client.get(f"http://127.0.0.1:{port}{path}")


def test_bodies_that_do_not_come_keep_nobody_out(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "_BEGINNING", 0.0)
    with clients(port, MOST) as dripping, ExitStack() as kept:
        time.sleep(0.05)
        for number in range(1, MOST):
            client = kept.enter_context(httpx.Client(timeout=FOREVER))
            assert client.get(f"http://127.0.0.1:{port}/api/v1/jobs").status_code == 401
            assert eventually(lambda: open_ones(dripping).count(False) >= number)  # noqa: B023 - called at once


def test_bodies_that_come_keep_their_connection_and_yet_the_health_is_told(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "_BEGINNING", FOREVER)
    with clients(port, MOST) as sending:
        time.sleep(0.05)
        refused, health = ask(port, "/api/v1/jobs"), ask(port, "/health/live")
        assert (refused.status_code, refused.json()["code"], refused.headers["retry-after"]) == (503, "busy", "5")
        assert (health.status_code, health.headers["connection"]) == (200, "close")
        with clients(port, RESERVED + 1, b""):
            assert ask(port, "/health/live").status_code == 200
        assert all(open_ones(sending))


def test_an_address_with_more_than_half_of_the_connections_makes_room_first(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "_BEGINNING", 0.0)
    with clients(port, 3, source="127.0.0.2") as few:
        time.sleep(0.1)
        with clients(port, MOST - 3) as many:
            time.sleep(0.05)
            assert ask(port, "/health/live", "127.0.0.3").status_code == 200
            assert eventually(lambda: not all(open_ones(many)))
            assert all(open_ones(few))


def test_without_keys_an_address_shares_uploads_and_streams_with_others() -> None:
    everybody = Caller(LOCAL_OWNER)
    assert share_of(everybody, "192.0.2.7") == share_of(everybody, "192.0.2.7") != share_of(everybody, "192.0.2.8")
    assert share_of(everybody, "127.0.0.1") is None
    assert share_of(Caller("ana", "id"), "192.0.2.7") == "ana"
