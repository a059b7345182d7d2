"""What becomes of messages, gathered so that it is told to the queue in batches; the one place that deletes one."""

import logging
from collections.abc import Mapping
from datetime import timedelta
from threading import Lock
from typing import Final, TypeVar

from ocrcore.application.messages import Disposal, Fate
from ocrcore.application.work import Held
from ocrcore.domain.errors import Unavailable
from ocrcore.ports.queue import Queue

T = TypeVar("T")
#: Most deletes, and most changes, that are kept while the queue does not hear them: it hands those messages out again.
_MOST: Final = 1000

_log = logging.getLogger(__name__)


class Disposals:
    """Receipts whose message is to be deleted, or hidden for a while; safe to share between threads.

    What is lost with the process is done over: the message comes again, and its item says what it is good for.
    """

    def __init__(self, queue: Queue) -> None:
        self._queue = queue
        self._lock = Lock()
        self._deletes: dict[str, None] = {}
        self._changes: dict[str, timedelta] = {}

    def __len__(self) -> int:
        """How many messages wait for what becomes of them."""
        return len(self._deletes) + len(self._changes)

    def put(self, held: Held, disposal: Disposal) -> None:
        """Remember what becomes of a message; of one that is forgotten, nothing does."""
        with self._lock:
            if isinstance(disposal, timedelta):
                self._changes[held.receipt] = disposal
            elif disposal is Fate.DELETE:
                self._deletes[held.receipt] = None

    def flush(self) -> bool:
        """Tell the queue; what it does not hear is told another time. Return whether it answered."""
        with self._lock:
            deletes, self._deletes = self._deletes, {}
            changes, self._changes = self._changes, {}
        try:
            if deletes:
                self._queue.delete(list(deletes))
                deletes = {}
            if changes:
                self._queue.change_visibility(changes)
        except Unavailable:
            _log.warning("messages could not be disposed of: the queue is away", exc_info=True)
            with self._lock:
                self._deletes = _latest(deletes | self._deletes)
                self._changes = _latest(changes | self._changes)
            return False
        return True


def _latest(told: Mapping[str, T]) -> dict[str, T]:
    return dict(list(told.items())[-_MOST:])
