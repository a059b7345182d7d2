"""Page images, rendered by the children of an engine."""

import time
from datetime import timedelta

from adapters.engines.framing import Closed, OutOfTime, Stopped
from adapters.engines.pool import ChildPool
from adapters.engines.protocol import Request, Task, decode_image
from adapters.engines.turns import NoTurn, Turns
from ocrcore.domain.codes import ItemErrorCode
from ocrcore.ports.documents import Source
from ocrcore.ports.engine import EngineFailure
from ocrcore.ports.page_images import PageImages, PageImagesBusy


class ChildPageImages(PageImages):
    """Renders in a child of the pool, and waits while all children recognise.

    One image is rendered at a time, so that recognition waits for one image at most. Up to ``waiting`` more callers
    wait for their turn. When one more comes, the last of the owner with the most raises ``PageImagesBusy`` at once.
    """

    def __init__(self, pool: ChildPool, waiting: int = 24) -> None:
        self._pool, self._turns = pool, Turns(1, waiting)

    def render(
        self, source: Source, page: int, *, timeout: timedelta, width: int | None = None, owner: str = ""
    ) -> bytes:
        """Return the page as PNG. After the pool was closed, every call raises ``PageImagesBusy``."""
        end = time.monotonic() + timeout.total_seconds()
        try:
            with self._turns.taken(0, timeout.total_seconds(), owner):
                request, left = Request(Task.RENDER, page, width=width), timedelta(seconds=end - time.monotonic())
                return self._pool.ask(request, [source], self._pool.deadline(left), decode_image)
        except (OutOfTime, Stopped, NoTurn):
            raise PageImagesBusy from None
        except (Closed, ValueError) as error:
            raise EngineFailure(ItemErrorCode.OCR_CRASHED) from error
