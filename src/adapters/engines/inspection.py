"""Inspection of uploaded files, in children of their own."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Final

from adapters.engines.framing import Closed, OutOfTime, Stopped
from adapters.engines.lazy_pool import LazyPool
from adapters.engines.pool import ChildPool
from adapters.engines.protocol import Request, Task, decode_header
from adapters.engines.turns import NoTurn, Turns
from adapters.imaging.imaging import MOST_PAGES, Inspector
from ocrcore.domain.codes import ItemErrorCode
from ocrcore.domain.errors import DocumentsBusy, TooManyPages
from ocrcore.domain.file_refusals import refusal_for
from ocrcore.ports.documents import Source
from ocrcore.ports.engine import EngineFailure, EngineUnavailable
from ocrcore.ports.imaging import Header

#: Files that are inspected at the same time.
AT_ONCE: Final = 2
#: Files that wait for their turn; each holds up a thread.
WAITING: Final = 24
#: How long a file waits for its turn, in seconds; and how long its inspection may take on a busy machine.
_PATIENCE: Final = 20.0
_TIMEOUT: Final = timedelta(seconds=20)
_TOO_MANY: Final = f"The document has more than {MOST_PAGES} pages, which is more than are counted; split it."


class ChildInspector(Inspector):
    """Asks the children of a pool, which ``start`` creates when the first file needs one.

    Owners take turns, and the first files of submissions come first, so that a submission of many files that take long
    keeps no other waiting.
    """

    def __init__(self, start: Callable[[], ChildPool]) -> None:
        self._pool = LazyPool(start)
        self._turns = Turns(AT_ONCE, WAITING)

    def inspect(self, source: Source, damaged: ItemErrorCode, place: int = 0, owner: str = "") -> Header:
        """Return the header. A file whose inspection takes too long, or ends its child, counts as damaged."""
        pool = self._pool.get()
        try:
            with self._turns.taken(place, _PATIENCE, owner):
                header = pool.ask(Request(Task.INSPECT), [source], pool.deadline(_TIMEOUT), decode_header)
        except (NoTurn, OutOfTime, Stopped, EngineUnavailable):
            raise DocumentsBusy from None
        except EngineFailure as failure:
            code = damaged if failure.code is ItemErrorCode.IMAGE_CORRUPT else failure.code
        except (Closed, ValueError):
            code = damaged
        else:
            if header.pages > MOST_PAGES:
                raise TooManyPages(_TOO_MANY, limit="")  # no setting changes it
            return header
        raise refusal_for(code)

    @property
    def children(self) -> int:
        """How many children there are."""
        return self._pool.children

    @property
    def files(self) -> Mapping[str, int]:
        """How many files are ``running``, which is being inspected, and ``waiting``."""
        return {"running": self._turns.held, "waiting": self._turns.waiting}

    def close(self) -> None:
        """End the children; every later call is refused as busy."""
        self._pool.close()
