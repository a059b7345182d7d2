"""The prefetch buffer: deliveries that wait for a slot, and the documents fetched for them.

A receive asks for one message a slot, and for twice as many each time the queue had as many as were asked for. Where
the queue is deep there are few receives; where it is not, messages are left to other workers.

Documents are kept by key, so the pages of one document share one fetch: while a thread fetches it, none of its pages is
handed out, and it is kept until no delivery waits for it and no attempt works on it.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from threading import Lock
from typing import Final

from ocrcore.application.worker.attempt import Delivery
from ocrcore.ports.documents import Documents

#: Most messages that one receive returns.
_MOST: Final = 10


class PrefetchBuffer:
    """Deliveries in the order in which they arrived; safe to share between threads."""

    def __init__(self, documents: Documents, slots: int) -> None:
        self._store = documents
        self._slots = slots
        self._lock = Lock()
        self._deliveries: deque[Delivery] = deque()
        #: Key -> the document.
        self._documents: dict[str, bytes] = {}
        #: Keys that a thread fetches now.
        self._fetching: set[str] = set()
        #: Keys whose fetch ahead failed: the slot that claims the page fetches again, and decides what it means.
        self._failed: set[str] = set()
        #: Key -> attempts that work on it now.
        self._in_use: dict[str, int] = {}
        self._ask = min(slots, _MOST)
        self._closed = False

    def __len__(self) -> int:
        """How many deliveries wait for a slot."""
        return len(self._deliveries)

    @property
    def room(self) -> int:
        """How many messages the next receive should ask for: none while more than one waits for each slot."""
        with self._lock:
            return 0 if self._closed or len(self._deliveries) > self._slots else self._ask

    @property
    def has_ready(self) -> bool:
        """Whether :meth:`take` would return a delivery."""
        with self._lock:
            return self._first_ready() is not None

    def received(self, asked: int, count: int) -> None:
        """Adapt the size of the next receive to how many of the messages asked for there were."""
        self._ask = min(2 * asked, _MOST) if count >= asked else min(self._slots, _MOST)

    def add(self, deliveries: Sequence[Delivery]) -> None:
        """Append deliveries."""
        with self._lock:
            self._deliveries.extend(deliveries)

    def take(self) -> Delivery | None:
        """Remove and return the oldest delivery whose document is not being fetched right now, or None."""
        with self._lock:
            delivery = self._first_ready()
            if delivery is not None:
                self._deliveries.remove(delivery)
                self._use(delivery.task.s3_key)
            return delivery

    def put_back(self, delivery: Delivery) -> None:
        """Put a delivery that was taken first in line again."""
        with self._lock:
            self._deliveries.appendleft(delivery)
        self.release(delivery.task.s3_key)

    def to_fetch(self, idle: int) -> str | None:
        """Return the key of a document that should be fetched ahead, or None.

        The first ``idle`` deliveries start at once and their slots fetch for themselves; behind them, one document a
        slot is fetched ahead.
        """
        with self._lock:
            ahead = (one.task for one in islice(self._deliveries, idle, idle + self._slots))
            keys = (task.s3_key for task in ahead if task.names_own_document(self._store.bucket))
            return next((key for key in keys if self._is_missing(key)), None)

    @contextmanager
    def fetching(self, key: str) -> Iterator[bool]:
        """Mark the document as being fetched; yield whether the caller is the one to fetch it."""
        with self._lock:
            mine = self._is_missing(key) and any(one.task.s3_key == key for one in self._deliveries)
            if mine:
                self._fetching.add(key)
        try:
            yield mine
        finally:
            if mine:
                with self._lock:
                    self._fetching.discard(key)
                    if key not in self._documents:
                        self._failed.add(key)
                    self._drop_unused()

    def keep(self, key: str, document: bytes) -> None:
        """Keep a document for the deliveries that wait for it."""
        with self._lock:
            self._documents[key] = document
            self._drop_unused()

    def document(self, key: str) -> bytes:
        """Return the document: the one at hand, or one fetched now and kept for the other pages that wait for it.

        Raises what ``Documents.get`` raises.
        """
        with self._lock:
            known = self._documents.get(key)
            if known is not None:
                return known
            self._fetching.add(key)
        try:
            document = self._store.get(key)
        finally:
            with self._lock:
                self._fetching.discard(key)
        self.keep(key, document)
        return document

    def release(self, key: str) -> None:
        """End the use of a document by an attempt."""
        with self._lock:
            self._in_use[key] = self._in_use.get(key, 0) - 1
            if self._in_use[key] <= 0:
                del self._in_use[key]
            self._drop_unused()

    def all(self) -> Sequence[Delivery]:
        """Return the deliveries that wait."""
        with self._lock:
            return list(self._deliveries)

    def close(self) -> Sequence[Delivery]:
        """Remove and return every delivery; those added later wait for the next close."""
        with self._lock:
            self._closed = True
            waiting = list(self._deliveries)
            self._deliveries.clear()
            self._drop_unused()
            return waiting

    def _first_ready(self) -> Delivery | None:
        return next((one for one in self._deliveries if one.task.s3_key not in self._fetching), None)

    def _is_missing(self, key: str) -> bool:
        return not (key in self._documents or key in self._fetching or key in self._failed)

    def _use(self, key: str) -> None:
        self._in_use[key] = self._in_use.get(key, 0) + 1

    def _drop_unused(self) -> None:
        wanted = {one.task.s3_key for one in self._deliveries} | self._in_use.keys()
        for key in self._documents.keys() - wanted:
            del self._documents[key]
        self._failed &= wanted
