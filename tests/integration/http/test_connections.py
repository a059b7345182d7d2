"""Connections: clients that say nothing, or say it slowly, and bodies that nobody reads to their end."""

import json
import re
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from entrypoints.http import connections
from entrypoints.http.connections import Room, guarded_protocol, most_connections
from entrypoints.http.middleware import bodies
from integration.http.site import JOBS, Site, form, part, problem
from ocrcore.testing.patience import FOREVER
from worlds import picture

LIVE = b"GET /health/live HTTP/1.1\r\nhost: localhost\r\n\r\n"


@contextmanager
def connected(site: Site, number: int = 1) -> Iterator[list[socket.socket]]:
    """Yield connections that have said nothing yet."""
    with ExitStack() as stack:
        opened = [socket.create_connection(("127.0.0.1", site.port), timeout=FOREVER) for _ in range(number)]
        yield [stack.enter_context(connection) for connection in opened]


def closed_by_server(connection: socket.socket) -> bool:
    """Wait for the end of a connection."""
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True


@pytest.mark.parametrize("said", [b"", b"GET /health/li", b"GET /health/live HTTP/1.1\r\nhost: local"])
def test_a_head_that_does_not_end_ends_the_connection(site: Site, said: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.2)
    with connected(site) as (connection,):
        connection.sendall(said)
        assert closed_by_server(connection)


def test_a_head_that_drips_ends_the_connection(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.5)
    with connected(site) as (connection,), pytest.raises(OSError, match=r".+"):  # noqa: PT012 - the pause belongs to it
        for letter in LIVE * 100:
            connection.sendall(bytes([letter]))
            time.sleep(0.02)


def test_a_second_request_has_its_own_time(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.4)
    with connected(site) as (connection,):
        connection.sendall(LIVE)
        answer = b""
        while not answer.endswith(b"}"):
            answer += connection.recv(4096)
        assert closed_by_server(connection)


def test_the_connection_that_waits_longest_makes_room_for_a_new_one(site: Site) -> None:
    with connected(site, 1000) as silent:
        assert site.client.get("/health/live").status_code == 200
        assert site.get("/jobs").status_code == 200
        assert closed_by_server(silent[0])


def test_without_a_connection_that_waits_a_new_one_is_refused() -> None:
    room = Room(1)
    assert room.admit(1)
    assert not room.admit(2)


def test_room_is_left_for_files_and_databases() -> None:
    assert most_connections() >= 64
    assert guarded_protocol(10).room is not guarded_protocol(10).room


@pytest.mark.parametrize(
    "request_", [b"nonsense\r\n\r\n", b"GET / HTTP/1.1\r\n: x\r\n\r\n", b"GET / HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n"]
)
def test_what_is_no_request_is_answered_as_a_problem_with_the_headers_of_every_answer(
    site: Site, request_: bytes
) -> None:
    head, _, body = site.raw(request_).partition(b"\r\n\r\n")
    fields = json.loads(body)
    assert head.startswith(b"HTTP/1.1 400 ")
    assert fields["code"] == "malformed-request"
    for header in ("content-type: application/problem", "x-content-type-options: nosniff", "connection: close"):
        assert header in head.decode().lower()
    assert re.search(rf"x-request-id: {fields['instance'].removeprefix('urn:uuid:')}", head.decode().lower())


def test_a_small_body_that_does_not_come_is_refused(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "SECONDS", 0.2)
    job = site.submit()
    head = f"PATCH {JOBS}/{job['id']} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
    answer = site.raw(f'{head}content-length: 20\r\n\r\n{{"name"'.encode())
    assert b"malformed-request" in answer
    assert b"connection: close" in answer.lower()


def test_an_answer_before_the_end_of_the_body_ends_the_connection(site: Site) -> None:
    head = f"POST {JOBS} HTTP/1.1\r\nhost: localhost\r\ncontent-type: multipart/form-data; boundary=edge\r\n"
    answer = site.raw(f"{head}content-length: 999999999999\r\n\r\n".encode())
    assert b"body-too-large" in answer
    assert b"connection: close" in answer.lower()


def test_an_answer_after_the_body_keeps_the_connection(site: Site) -> None:
    answer = site.send(part(picture()))
    assert answer.status_code == 202
    assert answer.headers.get("connection") != "close"


def test_a_body_of_another_kind_than_the_route_takes_is_not_waited_for(site: Site) -> None:
    problem(site.post(form(part(picture())), kind="text/plain"), "unsupported-media-type")
