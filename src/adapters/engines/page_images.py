"""Pages rendered in the children of an engine."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import BoundedSemaphore, Lock

from adapters.engines.framing import Closed, OutOfTime, Stopped
from adapters.engines.pool import ChildPool
from adapters.engines.protocol import Request, Task, decode_image
from ocrcore.domain.codes import ItemErrorCode
from ocrcore.ports.engine import EngineFailure
from ocrcore.ports.page_images import PageImages, PageImagesBusy


class ChildPageImages(PageImages):
    """Borrows a child of the pool for as long as a picture takes, so it waits while all of them recognise.

    One picture at a time, so that pages which wait for a child wait for one picture at most; ``waiting`` more callers
    may wait for it, and who comes then is told at once that it is busy.
    """

    def __init__(self, pool: ChildPool, waiting: int = 8) -> None:
        self._pool = pool
        self._room = BoundedSemaphore(1 + waiting)
        self._turn = Lock()

    def render(self, source: bytes, page: int, *, timeout: timedelta) -> bytes:
        """Return what a child drew. After the pool was closed, it is busy for ever."""
        try:
            with self._my_turn(timeout) as left:
                return self._pool.ask(Request(Task.RENDER, page), source, self._pool.deadline(left), decode_image)
        except (OutOfTime, Stopped):
            raise PageImagesBusy from None
        except (Closed, ValueError) as error:
            raise EngineFailure(ItemErrorCode.OCR_CRASHED) from error

    @contextmanager
    def _my_turn(self, timeout: timedelta) -> Iterator[timedelta]:
        """Wait for it; yield the time that is left."""
        end = time.monotonic() + timeout.total_seconds()
        if not self._room.acquire(blocking=False):
            raise PageImagesBusy
        try:
            if not self._turn.acquire(timeout=max(0.0, timeout.total_seconds())):
                raise PageImagesBusy
            try:
                yield timedelta(seconds=end - time.monotonic())
            finally:
                self._turn.release()
        finally:
            self._room.release()
