"""Page images, rendered by the children of an engine."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import BoundedSemaphore, Lock

from adapters.engines.framing import Closed, OutOfTime, Stopped
from adapters.engines.pool import ChildPool
from adapters.engines.protocol import Request, Task, decode_image
from ocrcore.domain.codes import ItemErrorCode
from ocrcore.ports.documents import Source
from ocrcore.ports.engine import EngineFailure
from ocrcore.ports.page_images import PageImages, PageImagesBusy


class ChildPageImages(PageImages):
    """Renders in a child of the pool, and waits while all children recognise.

    One image is rendered at a time, so that recognition waits for one image at most. Up to ``waiting`` more callers
    wait for their turn, and any further call raises ``PageImagesBusy`` at once.
    """

    def __init__(self, pool: ChildPool, waiting: int = 24) -> None:
        self._pool = pool
        self._room = BoundedSemaphore(1 + waiting)
        self._turn = Lock()

    def render(self, source: Source, page: int, *, timeout: timedelta, width: int | None = None) -> bytes:
        """Return the page as PNG. After the pool was closed, every call raises ``PageImagesBusy``."""
        try:
            with self._my_turn(timeout) as left:
                request = Request(Task.RENDER, page, width=width)
                return self._pool.ask(request, [source], self._pool.deadline(left), decode_image)
        except (OutOfTime, Stopped):
            raise PageImagesBusy from None
        except (Closed, ValueError) as error:
            raise EngineFailure(ItemErrorCode.OCR_CRASHED) from error

    @contextmanager
    def _my_turn(self, timeout: timedelta) -> Iterator[timedelta]:
        """Wait for the turn of this call, and yield the time that is left."""
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
