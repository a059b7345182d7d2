"""A service without a server: its backend is in memory, and this process recognises its pages.

It is for the files of whoever runs it. What a service allows others, and how long it keeps what is theirs, is in the
same settings where both run on one machine, and does not count here.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

from entrypoints.backends.backend import OpenBackend, backend_module
from entrypoints.bootstrap import open_on
from entrypoints.settings import Settings
from entrypoints.worker.threads import worker_threads
from ocrcore import OcrService
from ocrcore.domain.durations import LONGEST


@contextmanager
def memory_backend(settings: Settings) -> Iterator[OpenBackend]:
    """Yield an empty backend in memory. It needs no closing, and may be used after the block."""
    with backend_module("memory").open_backend(settings) as backend:
        yield backend


@contextmanager
def serviced_in_memory(
    backend: OpenBackend, settings: Settings, *, slots: int, process_ends: bool = False
) -> Iterator[OcrService]:
    """Yield a service whose pages are recognised in ``slots`` threads until the block ends.

    The threads are stopped then, and pages that are not finished are given up. If the process ends anyway, threads that
    are idle are only drained, which takes no time.
    """
    of_memory = replace(
        settings,
        # The backend and the parts that are set are not used, so the poll of a queue must not count.
        backend="local",
        documents="",
        queue="",
        audit="",
        limit_open_items=0,
        limit_bytes=0,
        keep=None,
        job_ttl=LONGEST,
    )
    with open_on(backend, of_memory, slots=slots) as service:
        threads = worker_threads(service, of_memory, kind="library", slots=slots)
        threads.start()
        try:
            yield service
        except BaseException:
            threads.stop(timedelta())
            raise
        if process_ends:
            threads.drain()
        else:
            threads.stop(timedelta())
