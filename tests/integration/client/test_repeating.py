import io
import json
import socket
import threading
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from answering import Reply, answering
from entrypoints.client import ApiProblem, Client, ClientError, NoAnswer
from entrypoints.client import client as client_module
from ocrcore.formats.views import JobView
from ocrcore.testing.patience import FOREVER
from worlds import World

LIMITED = {"code": "rate-limited", "detail": "Too many.", "policy": "requests", "instance": "urn:uuid:1"}
AWAY = {"code": "storage-unavailable", "detail": "Away.", "instance": "urn:uuid:1"}
CUT = None


@dataclass
class Flaky:
    """A server that answers as it is told: by a status and JSON, or, CUT, by hanging up."""

    answers: list[tuple[int, dict[str, Any]] | None]
    requests: list[tuple[str, str | None, int]] = field(default_factory=list)
    authorizations: list[str | None] = field(default_factory=list)

    def answer(self, request: BaseHTTPRequestHandler) -> Reply | None:
        left = length = int(request.headers["content-length"] or 0)
        while left:
            left -= len(request.rfile.read(min(left, 65536)))
        self.requests.append((request.command, request.headers["idempotency-key"], length))
        self.authorizations.append(request.headers["authorization"])
        told = self.answers.pop(0)
        request.close_connection = True
        return None if told is None else Reply(told[0], json.dumps(told[1]).encode(), {"Retry-After": "0"})


@contextmanager
def flaky(
    *answers: tuple[int, dict[str, Any]] | None, pauses: tuple[float, ...] = (0, 0)
) -> Iterator[tuple[Client, Flaky]]:
    told = Flaky(list(answers))
    with (
        answering(told.answer) as port,
        Client(f"http://127.0.0.1:{port}", key="secret", pauses=pauses) as client,
    ):
        yield client, told


@pytest.fixture
def accepted() -> tuple[int, dict[str, Any]]:
    return 202, asdict(JobView.of(World().submit()))


def test_a_submission_is_sent_until_its_answer_is_heard_under_one_key(accepted: tuple[int, dict[str, Any]]) -> None:
    with flaky(CUT, (503, AWAY), accepted) as (client, told):
        assert client.submit(io.BytesIO(b"pixels")).id == accepted[1]["id"]
    keys = {key for _, key, _ in told.requests}
    assert len(told.requests) == 3
    assert len(keys) == 1
    assert keys != {None}
    assert len({length for _, _, length in told.requests}) == 1


def test_a_service_that_stays_away_is_given_up() -> None:
    with flaky((503, AWAY), (503, AWAY), (503, AWAY)) as (client, told), pytest.raises(ApiProblem, match="Away"):
        client.submit(io.BytesIO(b"pixels"))
    assert len(told.requests) == 3


def test_a_connection_that_stays_broken_is_given_up() -> None:
    with flaky(CUT, CUT, CUT) as (client, told), pytest.raises(NoAnswer, match="broke off"):
        client.submit(io.BytesIO(b"pixels"))
    assert len(told.requests) == 3


def test_every_request_carries_the_key(accepted: tuple[int, dict[str, Any]]) -> None:
    with flaky(accepted, accepted) as (client, told):
        client.submit(io.BytesIO(b"pixels"))
        client.get("id")
    assert told.authorizations == ["Bearer secret"] * 2


def test_a_refusal_is_not_repeated() -> None:
    with (
        flaky((422, {"code": "invalid-option", "detail": "No."})) as (client, _),
        pytest.raises(ApiProblem, match="No"),
    ):
        client.submit(io.BytesIO(b"pixels"))


def test_a_command_that_may_have_worked_is_not_repeated() -> None:
    with flaky(CUT) as (client, told), pytest.raises(NoAnswer):
        client.cancel("id")
    assert len(told.requests) == 1


def listed(rows: str) -> tuple[int, dict[str, Any]]:
    """Return an empty page of a list."""
    return 200, {rows: [], "next_cursor": None}


@pytest.mark.parametrize("fault", [CUT, (503, AWAY), (429, LIMITED)])
@pytest.mark.parametrize(
    ("rows", "read"),
    [
        ("jobs", lambda client: client.get("id").id),
        ("jobs", lambda client: list(client.list())),
        ("items", lambda client: list(client.items("id"))),
        ("text", lambda client: client.result("id")),
        ("text", lambda client: client.item_result("id")),
        ("text", lambda client: client.image("id")),
        ("text", lambda client: _streamed(client.result_stream("id", "txt"))),
        ("text", lambda client: _streamed(client.item_result_stream("id", "txt"))),
    ],
    ids=["get", "list", "items", "result", "item_result", "image", "result_stream", "item_result_stream"],
)
def test_every_read_is_repeated(
    accepted: tuple[int, dict[str, Any]],
    fault: tuple[int, dict[str, Any]] | None,
    rows: str,
    read: Callable[[Client], object],
) -> None:
    answer = (200, accepted[1] | listed(rows)[1])
    with flaky(answer) as (client, _):
        expected = read(client)
    with flaky(fault, fault, answer) as (client, told):
        assert read(client) == expected
    assert len(told.requests) == 3
    with flaky(fault, fault, fault) as (client, told), pytest.raises(ClientError):
        read(client)
    assert len(told.requests) == 3


def _streamed(opened: AbstractContextManager[Iterator[bytes]]) -> bytes:
    with opened as pieces:
        return b"".join(pieces)


class Noted(tuple[float, ...]):
    """Pauses that note how often they are asked for."""

    __slots__ = ()
    asked = 0

    def __getitem__(self, place: Any) -> Any:  # noqa: ANN401 - a number or a slice
        type(self).asked += 1
        return super().__getitem__(place)


def test_that_there_is_no_service_is_told_at_once() -> None:
    with Client("http://127.0.0.1:1", pauses=(FOREVER,)) as client, pytest.raises(NoAnswer, match="Nothing answers"):
        list(client.list())


def test_a_service_that_has_answered_may_be_starting_again(accepted: tuple[int, dict[str, Any]]) -> None:
    pauses = Noted((0, 0))
    with answering(Flaky([(200, accepted[1])]).answer) as port:
        client = Client(f"http://127.0.0.1:{port}", pauses=pauses)
        client.get(accepted[1]["id"])
        assert Noted.asked == 0
    with client, pytest.raises(NoAnswer, match="Nothing answers"):
        client.get(accepted[1]["id"])
    assert Noted.asked == 2


def test_events_are_asked_for_again(accepted: tuple[int, dict[str, Any]]) -> None:
    block = f"event: job\ndata: {json.dumps(accepted[1] | {'status': 'DONE'})}\n\n".encode()
    replies = [Reply(429, json.dumps(LIMITED).encode(), {"Retry-After": "0"}), Reply(200, block)]
    with (
        answering(lambda _: replies.pop(0)) as port,
        Client(f"http://127.0.0.1:{port}", pauses=(0,)) as client,
    ):
        assert [getattr(event, "status", None) for event in client.events("id")] == ["DONE"]


def test_a_stream_that_breaks_is_repeated_until_a_piece_of_it_is_handed_on() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            for sent in (0, 3):  # bytes before the connection ends, of ten that are announced
                connection, _ = server.accept()
                with connection:
                    connection.recv(65536)
                    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n" + b"x" * sent)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        got: list[bytes] = []
        with (
            Client(f"http://127.0.0.1:{server.getsockname()[1]}", pauses=(0, 0)) as client,
            pytest.raises(NoAnswer),
            client.result_stream("id", "txt") as pieces,
        ):
            got.extend(pieces)
        thread.join(FOREVER)
    assert got == [b"xxx"]


def test_a_read_that_takes_too_long_is_not_begun_again() -> None:
    over, asked = Event(), list[str]()

    def slow(request: BaseHTTPRequestHandler) -> Reply:
        asked.append(request.path)
        over.wait(FOREVER)
        return Reply(200, b"")

    with answering(slow) as port, Client(f"http://127.0.0.1:{port}", timeout=0.2, pauses=(0, 0)) as client:
        with pytest.raises(NoAnswer, match="in time"):
            client.get("id")
        over.set()
    assert len(asked) == 1


def test_a_connection_that_is_silent_for_long_is_kept_open_and_its_end_is_noticed() -> None:
    with (
        answering(lambda _: Reply(200, b"text")) as port,
        Client(f"http://127.0.0.1:{port}") as client,
        client._api.http.stream("GET", "/") as answer,
    ):
        connection = answer.extensions["network_stream"].get_extra_info("socket")
        assert connection.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) < 60


def test_a_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def proxied(request: BaseHTTPRequestHandler) -> Reply:
        asked.append(request.path)
        return Reply(200, b"text")

    with answering(proxied) as port:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{port}")
        with Client("http://ocr.example") as client:
            assert client.result("id") == "text"
    assert asked == ["http://ocr.example/api/v1/jobs/id/result?format=txt"]


def test_a_request_over_the_limit_is_sent_again_whatever_it_is(accepted: tuple[int, dict[str, Any]]) -> None:
    with flaky((429, LIMITED), accepted, (429, LIMITED), accepted, (429, LIMITED), accepted) as (client, told):
        client.cancel("id")
        client.get("id")
        client.submit(io.BytesIO(b"pixels"))
    assert [method for method, _, _ in told.requests] == ["POST", "POST", "GET", "GET", "POST", "POST"]


def test_a_quota_is_told_at_once() -> None:
    quota = (429, LIMITED | {"code": "quota-exceeded", "detail": "Too many open items."})
    with flaky(quota) as (client, told), pytest.raises(ApiProblem, match="open items"):
        client.submit(io.BytesIO(b"pixels"))
    assert len(told.requests) == 1


def test_waiting_outlives_a_restart_of_the_service(accepted: tuple[int, dict[str, Any]]) -> None:
    done = (200, accepted[1] | {"status": "DONE"})
    with flaky(accepted, CUT, (503, AWAY), done) as (client, _):
        assert client.wait("id", timeout=FOREVER).status == "DONE"


def test_waiting_goes_on_when_the_service_is_away_for_longer_than_its_tries(
    accepted: tuple[int, dict[str, Any]],
) -> None:
    told: list[ClientError] = []
    done = (200, accepted[1] | {"status": "DONE"})
    with flaky(accepted, *[CUT] * 5, (503, AWAY), (503, AWAY), done) as (client, _):
        assert client.wait("id", timeout=FOREVER, on_away=told.append).status == "DONE"
    assert len(told) == 1


def test_waiting_for_a_service_that_never_answered_is_given_up() -> None:
    with flaky(CUT, CUT, CUT) as (client, _), pytest.raises(NoAnswer):
        client.wait("id", timeout=FOREVER)


def test_waiting_for_a_service_that_stays_away_ends(accepted: tuple[int, dict[str, Any]]) -> None:
    with flaky(accepted, *[CUT] * 100) as (client, _), pytest.raises(NoAnswer):
        client.wait("id", timeout=1)


@pytest.mark.parametrize("answer", [(502, {}), (200, {}), (404, {"error": "nginx"})])
def test_another_service_at_the_address_is_told_apart(answer: tuple[int, dict[str, Any]]) -> None:
    with flaky(answer) as (client, _), pytest.raises(NoAnswer):
        client.get("id")


def test_a_large_file_is_never_in_memory(tmp_path: Path, accepted: tuple[int, dict[str, Any]]) -> None:
    large = tmp_path / "large.png"
    with large.open("wb") as file:
        file.truncate(100_000_000)
    with flaky(accepted) as (client, told):
        tracemalloc.start()
        client.submit(large)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert told.requests[0][2] > 100_000_000
    assert peak < 5_000_000


def test_a_pdf_that_takes_long_is_waited_for_and_a_text_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of a result comes before all of it is written, and a long PDF takes longer than anything else."""
    monkeypatch.setattr(client_module, "_RESULT", 0.0)
    over = Event()

    def slow(_: BaseHTTPRequestHandler) -> Reply:
        over.wait(0.6)  # longer than the client waits for anything but a PDF
        return Reply(200, b"%PDF-", {"content-type": "application/pdf"})

    with answering(slow) as port, Client(f"http://127.0.0.1:{port}", timeout=0.3, pauses=()) as client:
        for ask in (client.result, client.item_result):
            assert ask("1", "pdf") == b"%PDF-"
            with pytest.raises(NoAnswer):
                ask("1", "txt")
        with client.result_stream("1", "pdfa") as pieces:
            assert b"".join(pieces) == b"%PDF-"
        over.set()
