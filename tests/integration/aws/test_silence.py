"""Services that accept connections and say nothing, and one that is slow."""

import io
import socket
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from threading import Thread

import pytest

from adapters.aws.audit import DynamoAudit
from adapters.aws.clients import AwsClients, account_of
from adapters.aws.dead_letters import SqsDeadLetters
from adapters.aws.documents import S3Documents
from adapters.aws.queue import SqsQueue
from adapters.aws.receipts import receipt
from adapters.memory.clock import MemoryClock
from moto_server import clients_of
from ocrcore.domain.errors import QueueUnavailable, Unavailable
from ocrcore.ports.queue import Outgoing
from ocrcore.testing.audit import an_entry
from ocrcore.testing.builders import START, an_id
from ocrcore.testing.patience import FOREVER, within
from relay_server import Relay, answer

_LARGE = 50_000_000


@pytest.fixture(scope="module")
def silent() -> Iterator[AwsClients]:
    """Clients of a server that lets connections wait in its queue for ever."""
    with (
        socket.create_server(("127.0.0.1", 0), backlog=128) as server,
        clients_of(f"http://127.0.0.1:{server.getsockname()[1]}") as clients,
    ):
        yield clients


def queue_of(clients: AwsClients) -> SqsQueue:
    url = f"{clients.sqs.meta.endpoint_url}/123456789012/queue"
    return SqsQueue(clients.sqs, url, polls=clients.sqs_polls)


def _received() -> str:
    """Return the receipt of a message that was received just now."""
    return receipt("handle", time.monotonic())


_CALLS: dict[str, tuple[float, Callable[[AwsClients], object]]] = {
    "a send": (6, lambda clients: queue_of(clients).send([Outgoing("a", "ana")] * 100)),
    "a deletion": (6, lambda clients: queue_of(clients).delete(["0/receipt"])),
    "a change": (6, lambda clients: queue_of(clients).change_visibility({_received(): timedelta(seconds=9)})),
    "a look at the queue": (6, lambda clients: queue_of(clients).check()),
    "dead letters": (6, lambda clients: SqsDeadLetters(clients.sqs, "http://127.0.0.1/1/dead").receive(10)),
    "an entry": (6, lambda clients: DynamoAudit(clients.dynamodb, "table", MemoryClock(START)).write([an_entry(1)])),
    "a timeline": (
        6,
        lambda clients: DynamoAudit(clients.dynamodb, "table", MemoryClock(START)).timeline(an_id(1), None, 9),
    ),
    "an upload": (11, lambda clients: S3Documents(clients.s3, "bucket").put("jobs/a", io.BytesIO(b"a"))),
    "a download": (10, lambda clients: S3Documents(clients.s3, "bucket").get("jobs/a")),
    "a listing": (10, lambda clients: S3Documents(clients.s3, "bucket").keys("jobs/", 10)),
    "who we are": (6, account_of),
}


@pytest.mark.parametrize("name", _CALLS)
def test_a_call_that_nobody_answers_is_over_soon(silent: AwsClients, name: str) -> None:
    most, call = _CALLS[name]
    with within(most), pytest.raises(Unavailable):
        call(silent)


def test_a_receive_is_waited_for_as_long_as_it_may_take(silent: AwsClients) -> None:
    waiting = Thread(target=_receive, args=(silent,), daemon=True)
    waiting.start()
    waiting.join(8)
    assert waiting.is_alive()


def _receive(clients: AwsClients) -> None:
    with pytest.raises(QueueUnavailable):
        queue_of(clients).receive(10, wait=timedelta(seconds=20))


def test_what_fails_at_once_is_tried_again(relayed: AwsClients, relay: Relay) -> None:
    url = relayed.sqs.create_queue(QueueName="patient")["QueueUrl"]
    relay.seen.clear()
    relay.faults += [answer(503, "{}")] * 2
    SqsQueue(relayed.sqs, url).check()
    assert len(relay.seen) == 3


def test_an_upload_may_take_longer_than_any_silence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        slow = Thread(target=_take_slowly, args=(server,), daemon=True)
        slow.start()
        with clients_of(f"http://127.0.0.1:{server.getsockname()[1]}") as clients:
            begun = time.monotonic()
            S3Documents(clients.s3, "bucket").put("jobs/a", io.BytesIO(bytes(_LARGE)))
            assert time.monotonic() - begun > 6
        slow.join(FOREVER)


def _take_slowly(server: socket.socket) -> None:
    """Read an upload for seven seconds, and answer it."""
    connection, _ = server.accept()
    with connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        head = b""
        while b"\r\n\r\n" not in head:
            head += connection.recv(4096)
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        left = _LARGE - len(head.partition(b"\r\n\r\n")[2])
        begun = time.monotonic()
        while left:
            left -= len(connection.recv(min(left, 1 << 20)))
            time.sleep(max(0.0, 7 * (1 - left / _LARGE) - (time.monotonic() - begun)))
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nETag: x\r\n\r\n")
