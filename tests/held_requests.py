"""Requests whose answers a service holds, and the moment from which on it does."""

import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event, Semaphore
from urllib.parse import urljoin

import httpx
import pytest

from ocrcore.ports.pdf_writer import PdfWriter
from ocrcore.testing.patience import FOREVER


@contextmanager
def held(
    address: str, number: int = 1, *, headers: Mapping[str, str] | None = None
) -> Iterator[Sequence[Future[httpx.Response]]]:
    """Yield so many answers to come, when the service has all the requests; wait for them in the end."""
    sent = Semaphore(0)

    def note(event: str, _about: Mapping[str, object]) -> None:
        if event.endswith(".receive_response_headers.started"):
            sent.release()

    def ask(_: int) -> httpx.Response:
        with httpx.Client(timeout=FOREVER) as client:
            return client.get(address, headers=headers, extensions={"trace": note})

    with ThreadPoolExecutor(number) as threads:
        answers = [threads.submit(ask, one) for one in range(number)]
        for _ in answers:
            assert sent.acquire(timeout=FOREVER)
        # It takes requests in the order in which they come: when it answers this one, it has begun with those.
        httpx.get(urljoin(address, "/health/live"), timeout=FOREVER).raise_for_status()
        yield answers


def writing_for_ever(patch: pytest.MonkeyPatch, writer: PdfWriter) -> tuple[Event, Event]:
    """Let a writer of PDFs never come to an end; return what is set when it has begun, and when it was stopped."""
    began, ended = Event(), Event()

    def write(*_: object, **__: object) -> Iterator[bytes]:
        try:
            while True:
                began.set()
                time.sleep(0.01)
                yield b""
        finally:
            ended.set()

    patch.setattr(writer, "write", write)
    return began, ended
