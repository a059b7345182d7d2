"""What open streams of events cost."""

import io
import re
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import urlsplit

import pytest

import pictures
from counting import counted_statements
from entrypoints.bootstrap import open_service
from entrypoints.http.app import create_app
from entrypoints.settings import Settings
from integration.http.site import listening
from ocrcore import LOCAL_OWNER, OcrService, Upload
from ocrcore.application.jobs.changes import ChangeWatch
from ocrcore.application.verdicts import Verdicts
from ocrcore.testing.patience import FOREVER, eventually
from serving import serving_process

_REQUEST = b"GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n"
#: Kilobytes of memory that a stream may take: 100 MB for 500 of them.
_KILOBYTES_EACH = 200


@contextmanager
def streams(address: str, number: int) -> Iterator[list[socket.socket]]:
    """Open so many streams, and wait until each has begun."""
    at = urlsplit(address)
    with ExitStack() as stack:
        opened = []
        for _ in range(number):
            stream = stack.enter_context(socket.create_connection((str(at.hostname), at.port or 80), timeout=FOREVER))
            stream.sendall(_REQUEST)
            opened.append(stream)
        for stream in opened:
            begun = b""
            while b": ocrcore" not in begun:
                begun += stream.recv(4096)
            assert begun.startswith(b"HTTP/1.1 200")
        yield opened


def resident(pid: int) -> int:
    """Return the memory of a process in kilobytes."""
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found
    return int(found[1])


def test_500_streams_take_less_than_100_mb(tmp_path: Path) -> None:
    with serving_process(tmp_path / "data", "--slots", "0") as (address, process), streams(address, 20):
        before = resident(process.pid)
        with streams(address, 500):
            assert resident(process.pid) - before < 500 * _KILOBYTES_EACH


def test_many_streams_cost_the_database_what_one_costs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    alone, looks = Lock(), list[int]()
    look: Callable[..., Any] = ChangeWatch.look

    def counted(*args: Any) -> Any:  # noqa: ANN401 - the types of a look
        with alone, counted_statements() as counts:
            yield from look(*args)
            looks.append(sum(number for word, number in counts.items() if word != "BEGIN"))

    monkeypatch.setattr(ChangeWatch, "look", counted)
    settings = Settings(data_dir=tmp_path / "data")
    costs = []
    with open_service(settings, slots=0) as service, listening(create_app(service, settings)) as port:
        for number in (1, 100):
            with streams(f"http://127.0.0.1:{port}", number) as opened:
                _await_looks(looks, 2)  # the first may have begun before, and tells of the job before
                begun = len(looks)
                _await_looks(looks, 2)
                assert looks[begun:] == [1] * (len(looks) - begun)
                with alone:
                    job = service.of(LOCAL_OWNER).submit([Upload("a.png", io.BytesIO(pictures.png("ALPHA")))])
                for stream in opened:
                    told = b""
                    while str(job.id).encode() not in told:
                        told += stream.recv(65536)
                with alone:  # the look that told of the job is over
                    costs.append(max(looks[begun:]))
    assert costs[0] == costs[1]


@pytest.mark.parametrize("number", [1, 60])
def test_the_keys_of_many_streams_cost_one_query(number: int, tmp_path: Path) -> None:
    """And their sessions another one."""
    with open_service(Settings(data_dir=tmp_path / "data"), slots=0) as service:
        made = [service.keys.create("ana", name=str(each)) for each in range(number)]
        opened = [service.open_session(new.text, f"192.0.2.{each}") for each, new in enumerate(made)]
        callers = {service.authenticate(new.text) for new in made} | {held.caller for held in opened}
        service.close_session(opened[0].caller)
        other = OcrService(replace(service._context, verdicts=Verdicts()))
        with counted_statements() as counts:
            assert other.ended_among(callers) == {opened[0].caller}
            assert other.ended_among(callers) == {opened[0].caller}  # by what it remembers
        assert {word: count for word, count in counts.items() if word != "BEGIN"} == {"SELECT": 2}
        service.keys.revoke(made[-1].key.id)
        another = OcrService(replace(service._context, verdicts=Verdicts()))
        assert {caller.key_id for caller in another.ended_among(callers)} == {made[0].key.id, made[-1].key.id}


def _await_looks(looks: list[int], number: int) -> None:
    begun = len(looks)
    assert eventually(lambda: len(looks) >= begun + number)
