"""The health server answers four paths, and holds nobody up."""

import socket
from collections.abc import Iterator
from threading import Semaphore

import httpx
import pytest

from entrypoints.worker import health_server
from entrypoints.worker.health_server import Answer, HealthServer, fine
from ocrcore.testing.patience import FOREVER


def _breaks() -> Answer:
    msg = "secret"
    raise KeyError(msg)


@pytest.fixture
def server() -> Iterator[HealthServer]:
    server = HealthServer("127.0.0.1", 0, {"/health/live": fine, "/health/ready": _breaks})
    yield server
    server.close()


def _send(server: HealthServer, *pieces: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", server.port), FOREVER) as connection:
        for piece in pieces:
            connection.sendall(piece)
        answer = b""
        while more := connection.recv(65536):
            answer += more
        return answer


def test_a_path_is_answered(server: HealthServer) -> None:
    answer = httpx.get(f"http://127.0.0.1:{server.port}/health/live?x=1", timeout=FOREVER)
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    assert answer.headers["cache-control"] == "no-store"
    head = httpx.head(f"http://127.0.0.1:{server.port}/health/live", timeout=FOREVER)
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", "16")


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/", 404, "not-found"),
        ("GET", "/health/../etc/passwd", 404, "not-found"),
        ("POST", "/health/live", 405, "method-not-allowed"),
        ("GET", "/health/ready", 500, "internal-error"),
    ],
)
def test_anything_else_is_a_problem(server: HealthServer, method: str, path: str, status: int, code: str) -> None:
    answer = _send(server, f"{method} {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    head, body = answer.split(b"\r\n\r\n")
    assert head.startswith(f"HTTP/1.1 {status} ".encode())
    assert f'"code": "{code}"'.encode() in body
    assert b"secret" not in answer


@pytest.mark.parametrize("junk", [b"\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\r\n\r\n", b"GET /\r\n\r\n"])
def test_what_is_no_request_is_said_to_be_none(server: HealthServer, junk: bytes) -> None:
    assert _send(server, junk).startswith(b"HTTP/1.1 400 ")


def test_a_head_without_an_end_is_cut(server: HealthServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health_server, "_LONGEST", 100)
    assert _send(server, b"GET /health/live HTTP/1.1\r\nX: ", b"x" * 200) == b""


def test_a_client_that_says_nothing_holds_up_no_other(server: HealthServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health_server, "_PATIENCE", 0.2)
    with socket.create_connection(("127.0.0.1", server.port), FOREVER) as silent:
        silent.sendall(b"GET /hea")
        assert _send(server, b"GET /health/live HTTP/1.1\r\n\r\n").startswith(b"HTTP/1.1 200 ")
        assert silent.recv(100) == b""


def test_more_connections_than_there_is_room_for_are_closed(
    server: HealthServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "_room", Semaphore(0))
    assert _send(server) == b""
