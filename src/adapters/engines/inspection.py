"""Inspection of uploaded files, in children of their own."""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from adapters.engines.framing import Closed, OutOfTime, Stopped
from adapters.engines.lazy_pool import LazyPool
from adapters.engines.pool import ChildPool
from adapters.engines.protocol import Request, Task, decode_header
from adapters.imaging.imaging import Inspector
from ocrcore.domain.codes import ItemErrorCode
from ocrcore.domain.errors import DocumentsBusy
from ocrcore.domain.file_refusals import refusal_for
from ocrcore.ports.documents import Source
from ocrcore.ports.engine import EngineFailure, EngineUnavailable
from ocrcore.ports.imaging import Header

#: How long an upload waits for a child, and the child for the processor.
_TIMEOUT: Final = timedelta(seconds=20)


class ChildInspector(Inspector):
    """Asks the children of a pool, which ``start`` creates when the first file needs one."""

    def __init__(self, start: Callable[[], ChildPool]) -> None:
        self._pool = LazyPool(start)

    def inspect(self, source: Source, damaged: ItemErrorCode) -> Header:
        """Return the header. A file whose inspection takes too long, or ends its child, counts as damaged."""
        pool = self._pool.get()
        try:
            return pool.ask(Request(Task.INSPECT), [source], pool.deadline(_TIMEOUT), decode_header)
        except (OutOfTime, Stopped, EngineUnavailable):
            raise DocumentsBusy from None
        except EngineFailure as failure:
            code = damaged if failure.code is ItemErrorCode.IMAGE_CORRUPT else failure.code
        except (Closed, ValueError):
            code = damaged
        raise refusal_for(code)

    def close(self) -> None:
        """End the children; every later call is refused as busy."""
        self._pool.close()
