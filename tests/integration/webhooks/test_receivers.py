import gzip
import os
import socket
import ssl
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from threading import Event, Thread

import pytest

from adapters.webhooks.receivers import HttpReceivers
from certificates import Authority, authority
from ocrcore.domain.errors import ForbiddenTarget
from ocrcore.domain.webhook import DeliveryError
from ocrcore.domain.webhook_target import Target, target_of
from ocrcore.ports.receivers import MOST_ANSWER, NoAnswer
from ocrcore.testing.patience import FOREVER
from ocrcore.testing.receivers import ReceiverHouse, ReceiversContract
from receiver import Receiver, receiving


class _House:
    def __init__(self, receiver: Receiver) -> None:
        self.receivers, self._receiver = HttpReceivers(), receiver

    def answering(self, status: int) -> Target:
        self._receiver.answer = status
        if status in range(300, 400):
            self._receiver.headers["location"] = self._receiver.url()
        return target_of(self._receiver.url("localhost"), allow_private=True)

    def closed(self) -> Target:
        with socket.create_server(("127.0.0.1", 0)) as listening:
            port = listening.getsockname()[1]
        return Target("http", "127.0.0.1", port, "/")

    def unknown(self) -> Target:
        return Target("http", "nobody.invalid", 80, "/")

    def posts(self) -> Sequence[tuple[Mapping[str, str], str]]:
        return self._receiver.got


class TestHttpReceivers(ReceiversContract):
    @pytest.fixture
    def house(self) -> Iterator[ReceiverHouse]:
        with receiving() as receiver:
            yield _House(receiver)


@pytest.fixture(scope="module")
def own_authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return authority(tmp_path_factory.mktemp("authority"))


def trusting(of: Authority) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(of.path))


def no_answer(receivers: HttpReceivers, target: Target) -> DeliveryError:
    with pytest.raises(NoAnswer) as caught:
        receivers.post(target, {}, "{}", allow_private=True)
    return caught.value.error


def test_a_request_over_tls_is_sent_to_the_path_with_its_query(own_authority: Authority) -> None:
    with receiving(own_authority) as receiver:
        target = target_of(receiver.url("localhost"), allow_private=True)
        assert HttpReceivers(trusting(own_authority)).post(target, {"webhook-id": "1"}, "{}", allow_private=True) == 200
        assert receiver.paths == ["/hook?a=1"]
        ((headers, _),) = receiver.got
        assert headers["host"] == f"localhost:{receiver.port}"
        assert headers["content-type"] == "application/json"


def test_the_certificate_must_be_valid_for_the_name(own_authority: Authority, tmp_path: Path) -> None:
    with receiving(own_authority) as receiver:
        by_address = target_of(receiver.url("127.0.0.1"), allow_private=True)
        assert no_answer(HttpReceivers(trusting(own_authority)), by_address) is DeliveryError.TLS_FAILED
        by_name = target_of(receiver.url("localhost"), allow_private=True)
        assert no_answer(HttpReceivers(trusting(authority(tmp_path))), by_name) is DeliveryError.TLS_FAILED
        assert no_answer(HttpReceivers(), by_name) is DeliveryError.TLS_FAILED
        assert receiver.got == []


def test_no_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with receiving() as receiver, receiving() as proxy:
        for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url(path=""))
        target = target_of(receiver.url(), allow_private=True)
        assert HttpReceivers().post(target, {}, "{}", allow_private=True) == 200
        assert proxy.got == []


@contextmanager
def raw_server(answer: Callable[[socket.socket], None]) -> Iterator[Target]:
    """Serve connections, one after the other, by a function that gets each after the head of its request."""

    def serve() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            with connection:
                connection.recv(65_536)
                with suppress(OSError):  # the client may be gone
                    answer(connection)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield Target("http", "127.0.0.1", listening.getsockname()[1], "/")
        finally:
            listening.shutdown(socket.SHUT_RDWR)
    thread.join(10)


def endless(piece: bytes) -> Callable[[socket.socket], None]:
    def answer(connection: socket.socket) -> None:
        for _ in range(2**22 // len(piece)):
            connection.sendall(piece)

    return answer


def dripping(whole: bytes) -> Callable[[socket.socket], None]:
    def answer(connection: socket.socket) -> None:
        for byte in whole:
            connection.sendall(bytes([byte]))
            time.sleep(0.1)

    return answer


def closing_after(whole: bytes) -> Callable[[socket.socket], None]:
    return lambda connection: connection.sendall(whole)


@pytest.mark.parametrize(
    "answer",
    [
        endless(b"x" * 1000),
        endless(b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 20_000),
        endless(b"HTTP/1.1 100 Continue\r\n\r\n"),
        endless(b"HTTP/1.1 103 Early Hints\r\nlink: <x>\r\n\r\n"),
        closing_after(b""),
        closing_after(b"HTTP/1.1 20"),
        closing_after(b"SSH-2.0-OpenSSH_9.2\r\n"),
        closing_after(b"\x00\xff" * 100),
        closing_after(b"HTTP/1.1 99999 what\r\n\r\n"),
        closing_after(b"HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n"),
    ],
)
def test_what_is_no_answer_is_told_and_bounded(answer: Callable[[socket.socket], None]) -> None:
    with raw_server(answer) as target:
        assert no_answer(HttpReceivers(), target) in {DeliveryError.BAD_ANSWER, DeliveryError.UNREACHABLE}


@pytest.mark.parametrize("head", [b"", b"HTTP/1.1 200 OK\r\nx: " + b"y" * 1000])
def test_a_receiver_that_answers_a_byte_at_a_time_is_cut_off(head: bytes) -> None:
    with raw_server(dripping(head or b"H" * 1000)) as target:
        begun = time.monotonic()
        assert no_answer(HttpReceivers(seconds=1.0), target) in {DeliveryError.TIMEOUT, DeliveryError.BAD_ANSWER}
        assert time.monotonic() - begun < 8.0  # its 1,000 bytes take 100 s


def test_a_receiver_that_never_answers_the_handshake_is_cut_off() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        target = Target("https", "localhost", silent.getsockname()[1], "/")
        assert no_answer(HttpReceivers(seconds=0.5), target) is DeliveryError.TIMEOUT


BOMB = gzip.compress(bytes(50_000_000))


@pytest.mark.parametrize(
    "answer",
    [
        endless(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 100_000),
        endless(b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n" + b"x" * 100_000),
        endless(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * 20_000),
        dripping(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n\r\n"[:38]),
        closing_after(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nshort"),
        closing_after(b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: %d\r\n\r\n" % len(BOMB) + BOMB),
        closing_after(b"HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 500 Oh\r\n\r\n"),
        closing_after(b"HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"),
    ],
)
def test_the_status_counts_whatever_comes_after_it(answer: Callable[[socket.socket], None]) -> None:
    with raw_server(answer) as target:
        assert HttpReceivers().post(target, {}, "{}", allow_private=True) == 200


def test_no_more_than_64_kb_of_an_answer_is_read() -> None:
    sent: list[int] = []

    def answer(connection: socket.socket) -> None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        try:
            while sum(sent) < 50_000_000:
                sent.append(connection.send(b"x" * 4096))
        finally:
            done.append(True)

    done: list[bool] = []
    with raw_server(answer) as target:
        assert HttpReceivers().post(target, {}, "{}", allow_private=True) == 200
        while not done:
            time.sleep(0.01)
    assert sum(sent) < MOST_ANSWER + 10_000_000  # with what the buffers of the sockets took


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[list[str]]]:
    """Return what each look-up of a name finds, one after the other; the last for ever."""
    answers: dict[str, list[list[str]]] = {}
    real = socket.getaddrinfo

    def look_up(host: str, port: int, *args: object, **options: object) -> object:
        if host not in answers:
            return real(host, port, *args, **options)  # type: ignore[arg-type]
        found = answers[host]
        addresses = found.pop(0) if len(found) > 1 else found[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return answers


def test_a_name_that_leads_elsewhere_later_is_refused_then(names: dict[str, list[list[str]]]) -> None:
    with receiving() as receiver:
        names["rebinding.example"] = [["198.41.0.4"], ["127.0.0.1"]]
        target = Target("http", "rebinding.example", receiver.port, "/")
        receivers = HttpReceivers()
        receivers.check(target, allow_private=False)
        with pytest.raises(NoAnswer) as caught:
            receivers.post(target, {}, "{}", allow_private=False)
        assert caught.value.error is DeliveryError.FORBIDDEN_TARGET
        assert receiver.got == []


def test_a_name_is_resolved_once_for_a_request(names: dict[str, list[list[str]]]) -> None:
    with receiving() as receiver:
        names["once.example"] = [["127.0.0.1"], ["192.0.2.1"]]
        target = Target("http", "once.example", receiver.port, "/")
        assert HttpReceivers().post(target, {}, "{}", allow_private=True) == 200
        assert receiver.got[0][0]["host"] == f"once.example:{receiver.port}"


def test_one_private_address_among_public_ones_is_enough_to_refuse(names: dict[str, list[list[str]]]) -> None:
    names["mixed.example"] = [["198.41.0.4", "10.0.0.1"]]
    with pytest.raises(ForbiddenTarget):
        HttpReceivers().check(Target("https", "mixed.example", 443, "/"), allow_private=False)


def test_the_second_address_is_tried_when_the_first_takes_no_connection(names: dict[str, list[list[str]]]) -> None:
    with receiving() as receiver:
        names["two.example"] = [["127.0.0.2", "127.0.0.1"]]
        target = Target("http", "two.example", receiver.port, "/")
        assert HttpReceivers().post(target, {}, "{}", allow_private=True) == 200


@contextmanager
def _deaf(address: str, port: int) -> Iterator[None]:
    """Hold an address at which no connection is taken or refused: the queue of those that wait is full."""
    with ExitStack() as held:
        held.enter_context(socket.create_server((address, port), backlog=0))
        try:
            while True:
                held.enter_context(socket.create_connection((address, port), timeout=0.2))
        except TimeoutError:
            yield


def test_the_second_address_is_tried_when_the_first_is_silent(names: dict[str, list[list[str]]]) -> None:
    with receiving() as receiver, _deaf("127.0.0.2", receiver.port):
        names["silent.example"] = [["127.0.0.2", "127.0.0.1"]]
        target = Target("http", "silent.example", receiver.port, "/")
        assert HttpReceivers(seconds=4.0).post(target, {}, "{}", allow_private=True) == 200
        names["silent.example"] = [["127.0.0.2"]]
        assert no_answer(HttpReceivers(seconds=0.5), target) is DeliveryError.TIMEOUT


def test_a_look_up_that_hangs_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    over = Event()

    def hang(*_: object, **__: object) -> list[object]:
        over.wait(FOREVER)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    begun = time.monotonic()
    target = Target("https", "hanging.example", 443, "/")
    assert no_answer(HttpReceivers(seconds=0.3), target) is DeliveryError.UNKNOWN_NAME
    assert time.monotonic() - begun < FOREVER
    over.set()


def test_a_name_that_nobody_answers_for_holds_one_look_up_however_often_it_is_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An owner chooses names, and may run the servers that do not answer; the look-ups are for all owners."""
    over, looked, real = Event(), list[str](), socket.getaddrinfo

    def hang(host: str, port: int, *args: object, **options: object) -> object:
        if host != "hanging.example":
            return real(host, port, *args, **options)  # type: ignore[arg-type]
        looked.append(host)
        over.wait(FOREVER)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    receivers = HttpReceivers(seconds=1.0)
    for _ in range(5):
        assert no_answer(receivers, Target("https", "hanging.example", 443, "/")) is DeliveryError.UNKNOWN_NAME
    assert looked == ["hanging.example"]
    with receiving() as receiver:
        assert receivers.post(Target("http", "localhost", receiver.port, "/"), {}, "", allow_private=True) == 200
    over.set()


def test_an_address_in_an_odd_spelling_does_not_get_past_the_resolver(monkeypatch: pytest.MonkeyPatch) -> None:
    """Even where the rule about URLs were passed by: the resolver reads these as loopback addresses."""
    monkeypatch.delitem(os.environ, "RES_OPTIONS", raising=False)
    for host in ("0177.0.0.1", "0x7f.1", "2130706433", "127.1", "localhost", "0"):
        with pytest.raises(NoAnswer) as caught:
            HttpReceivers().post(Target("https", host, 443, "/"), {}, "{}", allow_private=False)
        assert caught.value.error is DeliveryError.FORBIDDEN_TARGET
