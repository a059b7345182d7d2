"""Requests under way when a service is told to stop."""

import json
import signal
import socket
import time
from contextlib import closing

import pytest

import pictures
from e2e.house import House, Running
from ocrcore.testing.patience import FOREVER, eventually

BODY = (
    b'--edge\r\ncontent-disposition: form-data; name="files"; filename="a.png"\r\n\r\n'
    + pictures.png("ALPHA")
    + b"\r\n--edge--\r\n"
)


def half_an_upload(running: Running) -> socket.socket:
    """Begin a submission, and send half of its body."""
    port = int(running.url.rpartition(":")[2])
    connection = socket.create_connection(("127.0.0.1", port), timeout=FOREVER)
    head = (
        "POST /api/v1/jobs HTTP/1.1\r\nhost: localhost\r\ncontent-type: multipart/form-data; boundary=edge\r\n"
        f"content-length: {len(BODY)}\r\nexpect: 100-continue\r\n\r\n"
    )
    connection.sendall(head.encode())
    # The server says so once the request has begun and asks for its body.
    assert connection.recv(65_536) == b"HTTP/1.1 100 Continue\r\n\r\n"
    connection.sendall(BODY[: len(BODY) // 2])
    return connection


def answer_of(connection: socket.socket) -> tuple[bytes, bytes]:
    """Return the head and the body of the answer."""
    answer = b""
    while chunk := connection.recv(65_536):
        answer += chunk
    head, _, body = answer.partition(b"\r\n\r\n")
    return head, body


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_upload_under_way_is_finished_within_the_grace_period(house: House, number: signal.Signals) -> None:
    running = house.serve("--slots", "0", OCR_GRACE="5m")
    with closing(half_an_upload(running)) as connection:
        running.process.send_signal(number)
        time.sleep(3)  # longer than a server usually waits
        connection.sendall(BODY[len(BODY) // 2 :])
        head, _ = answer_of(connection)
    assert head.startswith(b"HTTP/1.1 202 ")
    assert running.process.wait(FOREVER) == 0
    assert house.rows("status") == [("PENDING",)]


def test_a_second_ctrl_c_waits_for_no_upload(house: House) -> None:
    running = house.serve("--slots", "0", OCR_GRACE="1h")
    with closing(half_an_upload(running)):
        running.process.send_signal(signal.SIGINT)
        assert eventually(lambda: "stopping" in running.log.read_text())
        running.process.send_signal(signal.SIGINT)
        assert running.process.wait(FOREVER) == 0


def test_a_request_that_is_cut_is_told_so_in_an_answer_and_in_one_line(house: House) -> None:
    running = house.serve("--slots", "0", OCR_GRACE="1s")
    with closing(half_an_upload(running)) as connection:
        running.process.send_signal(signal.SIGTERM)
        head, body = answer_of(connection)
    assert head.startswith(b"HTTP/1.1 503 ")
    assert b"application/problem+json" in head
    assert json.loads(body)["code"] == "busy"
    assert running.process.wait(FOREVER) == 0
    log = running.log.read_text()
    assert "Traceback" not in log
    (line,) = (line for line in log.splitlines() if "/api/v1/jobs" in line)
    assert "503" in line
    assert house.rows("status") == []
