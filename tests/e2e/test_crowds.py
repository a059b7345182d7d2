"""Crowds of rude clients before a service of its own: silence, files made to keep parsers busy, and many uploads."""

import resource
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from itertools import cycle, islice
from pathlib import Path
from statistics import median
from typing import Final
from urllib.parse import urlsplit

import httpx
import pytest

import pictures
from bombs import BOMBS
from e2e.house import PROGRAM, House, Running, get, submit
from ocrcore.testing.patience import FOREVER, seconds_of, stretch
from processes import peak_memory

#: The descriptors that Debian gives to a process, and more clients than these.
DESCRIPTORS: Final = 1024
CLIENTS: Final = 1200
#: Bytes that the API may have in memory at most, whatever is sent.
MOST_MEMORY: Final = 300_000_000
BOMB_BYTES: Final = 5_000_000
_POST: Final = b"POST %b HTTP/1.1\r\nhost: localhost\r\ncontent-length: 9999\r\ncontent-type: %b\r\n\r\n%b"
#: What a client says before it says nothing more.
UNFINISHED: Final = {
    "nothing": b"",
    "a half head": b"GET /api/v1/jobs HTTP/1.1\r\nhost: local",
    "a half body": _POST % (b"/session", b"application/json", b"{"),
    "a half upload": _POST % (b"/api/v1/jobs", b"multipart/form-data; boundary=edge", b"--edge\r\n"),
}


@pytest.fixture
def api(house: House) -> Running:
    """A service that reads nothing, with as many descriptors as Debian gives."""
    command = f"ulimit -n {DESCRIPTORS} && exec {PROGRAM} serve --port 0 --slots 0"
    return house.start("-c", command, program="/bin/sh")


@pytest.fixture
def _many_descriptors() -> Iterator[None]:
    """Let this process have more of them than the service."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 4 * DESCRIPTORS
    if before[1] != resource.RLIM_INFINITY and before[1] < wanted:
        pytest.skip(f"a process may have {before[1]} descriptors here")
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


@contextmanager
def crowd(url: str, said: bytes) -> Iterator[None]:
    """Hold connections that have said something and go on to say nothing."""
    with ExitStack() as stack:
        for _ in range(CLIENTS):
            client = stack.enter_context(socket.create_connection(("127.0.0.1", urlsplit(url).port or 0), FOREVER))
            client.sendall(said)
        yield


@pytest.mark.usefixtures("_many_descriptors")
@pytest.mark.parametrize(
    "said", [pytest.param(said, marks=pytest.mark.long if said else (), id=name) for name, said in UNFINISHED.items()]
)
def test_clients_that_end_nothing_keep_nobody_out_and_fill_no_log(api: Running, said: bytes) -> None:
    submitted, took = submit(api.url, "ALPHA"), []
    with crowd(api.url, said):
        assert get(api.url, "/jobs")["jobs"]  # waits until as many requests as have come at once are looked at
        slow = stretch()
        for _ in range(5):
            took.append(seconds_of(lambda: httpx.get(f"{api.url}/health/live", timeout=FOREVER).raise_for_status()))
            assert [job["id"] for job in get(api.url, "/jobs")["jobs"]] == [submitted["id"]]
    assert median(took) < max(slow, stretch()), took
    assert api.log.stat().st_size < 1_000_000
    assert "Traceback" not in api.log.read_text()


@pytest.mark.long
def test_files_made_to_keep_parsers_busy_keep_no_list_waiting(api: Running, tmp_path: Path) -> None:
    submitted = submit(api.url, "ALPHA")
    for name, bomb in BOMBS.items():
        (tmp_path / name).write_bytes(bomb(BOMB_BYTES))
    took, slow = [], stretch()
    with ThreadPoolExecutor(24) as clients:
        sent = [clients.submit(_upload, api.url, tmp_path / name) for name in islice(cycle(BOMBS), 24)]
        while not all(answer.done() for answer in sent):
            began = time.monotonic()
            listed = get(api.url, "/jobs")["jobs"]
            took.append(time.monotonic() - began)
            assert listed[-1]["id"] == submitted["id"]
        assert {answer.result() for answer in sent} == {202, 415}
    assert median(took) < max(slow, stretch()), took
    assert peak_memory(api.process.pid) < MOST_MEMORY


def _upload(url: str, path: Path, number: int = 1) -> int:
    """Send a file so many times in one request, and again while the service is busy; return the status."""
    while True:
        with ExitStack() as opened:
            files = [("files", (path.name, opened.enter_context(path.open("rb")))) for _ in range(number)]
            answer = httpx.post(f"{url}/api/v1/jobs", files=files, timeout=FOREVER)
        if answer.status_code != 503:
            return answer.status_code
        time.sleep(int(answer.headers["retry-after"]))


#: Requests, the files of each, and such a file; the bytes of all of them are far more than may be in memory.
UPLOADS: Final = {
    "4 of 900 small files": (4, 900, (300, 300)),
    "50 of 20 MB": (50, 1, (2600, 2600)),
}


@pytest.mark.long
@pytest.mark.parametrize(("requests", "number", "size"), UPLOADS.values(), ids=UPLOADS)
def test_uploads_of_whatever_number_and_size_fit_into_the_memory_of_the_service(
    api: Running, tmp_path: Path, requests: int, number: int, size: tuple[int, int]
) -> None:
    picture = tmp_path / "a.png"
    picture.write_bytes(pictures.noisy_png(size, 8, 2, seed=1))
    assert requests * number * picture.stat().st_size > 3 * MOST_MEMORY
    with ThreadPoolExecutor(requests) as clients:
        answers = set(clients.map(lambda _: _upload(api.url, picture, number), range(requests)))
    assert answers == {202}
    assert peak_memory(api.process.pid) < MOST_MEMORY
