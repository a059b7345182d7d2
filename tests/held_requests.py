"""Requests whose answers a service holds, and the moment from which on it does."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from threading import Semaphore
from urllib.parse import urljoin

import httpx

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
