"""Connections: clients that say nothing, or say it slowly, and bodies that nobody reads to their end."""

import json
import re
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest
from litestar.types import Receive, Scope, Send

from entrypoints.http import connections
from entrypoints.http.connections import GuardedProtocol, guarded_protocol, most_connections
from entrypoints.http.middleware import bodies
from held_requests import writing_for_ever
from integration.http.site import JOBS, Site, form, listening, part, problem
from limited_disk import limited_disk
from ocrcore.ports.documents import BytesSource
from ocrcore.testing.patience import FOREVER, eventually
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


def test_room_is_left_for_files_and_databases() -> None:
    assert most_connections() >= 64
    assert guarded_protocol(10).room is not guarded_protocol(10).room


#: A body that ends here for one reader, and there for another, who takes the rest for a request.
TWO_ENDS = b"host: localhost\r\ncontent-length: 99\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\n"


@pytest.mark.parametrize(
    "request_",
    [
        b"nonsense\r\n\r\n",
        b"GET / HTTP/1.1\r\n: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n",
        b"POST /session HTTP/1.1\r\n" + TWO_ENDS,
        b"POST /session HTTP/1.0\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST /session HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n",
        b"POST /session HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n",
        b"POST /session HTTP/1.1\r\nhost: localhost\r\ncontent-length: +1\r\n\r\n",
        b"POST /session HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding : chunked\r\n\r\n",
        b"GET / HTTP/1.1\r\n host: localhost\r\n\r\n",
        b"GET / HTTP/1.1\rx: y\r\nhost: localhost\r\n\r\n",
        b"CONNECT localhost:22 HTTP/1.1\r\nhost: localhost:22\r\n\r\n",
    ],
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


LARGE = picture("x" * 6_000_000)


@pytest.fixture
def large(site: Site, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the id of an item whose file is larger than the buffers of a connection."""
    job = site.submit()
    (item,) = site.get(f"/jobs/{job['id']}/items").json()["items"]
    monkeypatch.setattr(site.world.context.documents, "open", lambda _: BytesSource(LARGE))
    return str(item["id"])


def ask_for_the_original(large: str, connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)
    path = f"/api/v1/items/{large}/image?original=true"
    connection.sendall(f"GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n".encode())


def test_an_answer_that_nobody_reads_ends_the_connection(
    site: Site, large: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "READ_SECONDS", 0.3)
    lost, note = set[int](), GuardedProtocol.connection_lost

    def noted(self: GuardedProtocol, exc: Exception | None) -> None:
        lost.add(self.client[1] if self.client else 0)
        note(self, exc)

    monkeypatch.setattr(GuardedProtocol, "connection_lost", noted)
    with connected(site) as (connection,):
        ask_for_the_original(large, connection)
        assert eventually(lambda: connection.getsockname()[1] in lost)
        received = 0
        with suppress(ConnectionResetError):
            while piece := connection.recv(1 << 20):
                received += len(piece)
        assert received < len(LARGE)


def test_an_answer_that_is_read_byte_by_byte_ends_the_connection(
    site: Site, large: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It holds a connection and room for answers, which others need."""
    monkeypatch.setattr(connections, "READ_SECONDS", 0.5)
    monkeypatch.setattr(connections, "LEAST_SPEED", 1_000_000)
    received = 0
    with connected(site) as (connection,), suppress(ConnectionResetError):
        ask_for_the_original(large, connection)
        while piece := connection.recv(2000):
            received += len(piece)
            time.sleep(0.01)
    assert received < len(LARGE)


def test_an_answer_without_room_on_the_disk_is_told_as_that(
    site: Site, large: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with limited_disk(tmp_path / "disk") as disk:
        disk.fill()
        monkeypatch.setattr(tempfile, "tempdir", str(disk.folder))
        problem(site.get(f"/items/{large}/image", original="true"), "storage-full")


def test_an_answer_that_is_read_slowly_arrives_whole(site: Site, large: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.2)
    with connected(site) as (connection,):
        ask_for_the_original(large, connection)
        received = b""
        while len(received) < len(LARGE):
            time.sleep(0.005)
            piece = connection.recv(1 << 15)
            assert piece, len(received)
            received += piece
        assert received.partition(b"\r\n\r\n")[2] == LARGE


def test_a_result_is_not_written_on_for_a_client_that_is_gone(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    job = site.submit()
    began, ended = writing_for_ever(monkeypatch, site.world.context.pdf_writer)

    site.world.process_all()
    with connected(site) as (connection,):
        connection.sendall(f"GET {JOBS}/{job['id']}/result?format=pdf HTTP/1.1\r\nhost: localhost\r\n\r\n".encode())
        assert began.wait(FOREVER)
        assert not ended.is_set()
    assert ended.wait(FOREVER)


@pytest.mark.parametrize(
    "head",
    [
        "POST /api/v1/jobs HTTP/1.1\r\ncontent-type: multipart/form-data; boundary=edge",
        "PATCH /api/v1/jobs/0190b0a0-0000-7000-8000-000000000000 HTTP/1.1\r\ncontent-type: application/json",
    ],
)
def test_a_body_in_pieces_of_a_byte_is_refused(site: Site, head: str) -> None:
    request = f"{head}\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n".encode() + b"1\r\na\r\n" * 10_000
    assert b" 400 " in site.raw(request).partition(b"\r\n")[0]


def test_a_body_in_small_pieces_is_taken(site: Site) -> None:
    body = form(part(picture() + bytes(30_000)))
    pieces = (body[at : at + 80] for at in range(0, len(body), 80))
    kind = {"content-type": "multipart/form-data; boundary=edge"}
    assert site.client.post(JOBS, content=pieces, headers=kind).status_code == 202


def test_a_head_of_many_fields_is_refused_before_it_is_parsed(site: Site) -> None:
    fields = "".join(f"x-{number}: y\r\n" for number in range(99))
    assert b" 200 " in site.raw(f"GET /health/live HTTP/1.1\r\nhost: localhost\r\n{fields}\r\n".encode())
    assert b"malformed-request" in site.raw(f"GET / HTTP/1.1\r\nhost: localhost\r\n{fields}x: y\r\n\r\n".encode())


def test_many_requests_may_arrive_at_once(site: Site) -> None:
    assert site.raw(LIVE * 300).count(b" 200 ") == 300


def test_fields_behind_a_body_are_limited(site: Site) -> None:
    head = f"POST {JOBS} HTTP/1.1\r\nhost: localhost\r\ncontent-type: multipart/form-data; boundary=edge\r\n"
    answer = site.raw(f"{head}transfer-encoding: chunked\r\n\r\n0\r\n".encode() + b"x: y\r\n" * 10_000)
    assert b"malformed-request" in answer


@pytest.mark.parametrize("method", ["GET", "DELETE", "OPTIONS", "HEAD"])
def test_a_body_that_nobody_would_read_is_refused(site: Site, method: str) -> None:
    answer = site.client.request(method, "/api/v1/jobs", content=b"x")
    assert answer.status_code == 400
    if method != "HEAD":
        assert problem(answer, "malformed-request")["detail"].startswith(f"A {method} request has no body")


@pytest.mark.parametrize("query", ["name=" + "a" * 8200, "&".join(f"a{number}=" for number in range(40))])
def test_a_query_that_is_too_long_is_malformed(site: Site, query: str) -> None:
    problem(site.client.get(f"{JOBS}?{query}"), "malformed-request")


def test_submissions_that_take_long_do_not_keep_lists_waiting(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    release, put = threading.Event(), site.world.context.documents.put
    monkeypatch.setattr(site.world.context.documents, "put", lambda *given: (release.wait(FOREVER), put(*given)))
    with ThreadPoolExecutor(40) as threads:
        answers = [threads.submit(site.send, part(picture())) for _ in range(40)]
        try:
            assert eventually(lambda: sum(thread.name.startswith("heavy") for thread in threading.enumerate()) >= 8)
            assert site.get("/jobs").json()["jobs"] == []
        finally:
            release.set()
        assert [answer.result(FOREVER).status_code for answer in answers] == [202] * 40


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


def test_a_client_that_goes_away_before_the_end_of_its_body_is_no_fault(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    head = f"PATCH {JOBS}/x HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n"
    with connected(site) as (connection,):
        connection.sendall(head.encode())
    assert eventually(lambda: 'status="499"' in site.client.get("/metrics").text)
    assert "unexpected error" not in caplog.text


def test_a_client_that_still_sends_can_read_its_refusal(site: Site) -> None:
    """Closed with bytes that nobody read, the connection would be reset, and the answer lost."""
    with connected(site) as (connection,):
        connection.sendall(site.head("content-length: 2000001"))
        answer = connection.recv(10)
        for _ in range(10):
            connection.sendall(bytes(100_000))
        while piece := connection.recv(65536):
            answer += piece
        assert b" 413 " in answer
        assert answer.endswith(b"}")


def test_a_client_that_resets_its_connection_while_it_is_refused_is_no_fault(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    """It has gone when the answer reaches it, so half of the connection cannot be closed any more."""
    asked, gone, ended = threading.Event(), threading.Event(), threading.Event()

    async def refuse(scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001 - the body is not read
        asked.set()
        gone.wait(FOREVER)  # in the thread of the server, which must not see before that it has gone
        headers = [(b"content-length", b"0"), (b"connection", b"close")]
        try:
            await send({"type": "http.response.start", "status": 413, "headers": headers})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            ended.set()

    with listening(refuse, finishing=False) as port:
        with socket.create_connection(("127.0.0.1", port), timeout=FOREVER) as connection:
            connection.sendall(site.head("content-length: 2000001"))
            assert asked.wait(FOREVER)
        gone.set()
        assert ended.wait(FOREVER)
    assert [record.getMessage() for record in caplog.records if record.exc_info] == []


def test_what_follows_a_refusal_is_thrown_away_for_a_while(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "LINGER_SECONDS", 0.3)
    with connected(site) as (connection,), pytest.raises(OSError, match=r".+"):  # noqa: PT012 - the pause belongs to it
        connection.sendall(site.head("content-length: 2000001"))
        assert b" 413 " in connection.recv(65536)
        while True:
            connection.sendall(b"x")
            time.sleep(0.02)


def test_a_connection_that_is_thrown_away_makes_room_for_a_new_one(site: Site) -> None:
    with connected(site, 1000) as refused:
        for connection in refused:
            connection.sendall(site.head("content-length: 2000001"))
        for connection in refused:
            assert b" 413 " in connection.recv(65536)
        assert site.client.get("/health/live").status_code == 200
