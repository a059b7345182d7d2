import socket
import struct
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from adapters.engines.framing import Closed, Deadline, OutOfTime, Stopped, receive_frame, send_frame
from ocrcore.testing.patience import FOREVER, within


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


def deadline(seconds: float = FOREVER) -> Deadline:
    return Deadline(time.monotonic() + seconds, lambda: False)


@pytest.mark.parametrize("content", [b"", b"x", bytes(5_000_000)])
def test_a_frame_arrives_whole(pair: tuple[socket.socket, socket.socket], content: bytes) -> None:
    with ThreadPoolExecutor(1) as threads:
        threads.submit(send_frame, pair[0], content, deadline())
        assert receive_frame(pair[1], deadline()) == content


def test_frames_keep_their_order(pair: tuple[socket.socket, socket.socket]) -> None:
    for content in (b"one", b"two"):
        send_frame(pair[0], content, deadline())
    assert [receive_frame(pair[1], deadline()) for _ in range(2)] == [b"one", b"two"]


def test_nobody_waits_longer_than_the_deadline(pair: tuple[socket.socket, socket.socket]) -> None:
    began = time.monotonic()
    with within(1):
        with pytest.raises(OutOfTime):
            receive_frame(pair[0], deadline(0.1))
        with pytest.raises(OutOfTime):
            send_frame(pair[0], bytes(5_000_000), deadline(0.1))
    assert time.monotonic() - began >= 0.2


def test_a_flag_ends_the_wait(pair: tuple[socket.socket, socket.socket]) -> None:
    stop = threading.Event()
    with ThreadPoolExecutor(1) as threads:
        wait = threads.submit(receive_frame, pair[0], Deadline(float("inf"), stop.is_set))
        with within(1):
            stop.set()
            assert isinstance(wait.exception(FOREVER), Stopped)


@pytest.mark.parametrize("beginning", [b"", b"\0\0", struct.pack(">I", 5) + b"four"])
def test_an_end_within_a_frame_is_an_end(pair: tuple[socket.socket, socket.socket], beginning: bytes) -> None:
    pair[0].sendall(beginning)
    pair[0].close()
    with pytest.raises(Closed):
        receive_frame(pair[1], deadline())


def test_a_frame_over_the_limit_is_not_waited_for(pair: tuple[socket.socket, socket.socket]) -> None:
    pair[0].sendall(struct.pack(">I", 11))
    with pytest.raises(Closed):
        receive_frame(pair[1], deadline(), 10)


def test_nobody_talks_to_the_dead(pair: tuple[socket.socket, socket.socket]) -> None:
    pair[1].close()
    with pytest.raises(Closed):
        send_frame(pair[0], b"hello", deadline())
