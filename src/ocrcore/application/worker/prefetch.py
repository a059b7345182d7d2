"""The prefetch buffer: deliveries that wait for a slot, and the documents fetched for them.

A receive asks for one message a slot, and for twice as many each time the queue had as many as were asked for. Where
the queue is deep there are few receives; where it is not, or where pages take long, messages are left to other workers,
and to owners who come later.

Slots take deliveries of the owners in turn, and those of one owner by jobs in turn, so a page that arrives behind a
hundred others of another owner waits for one of them.

Documents are kept by key, so the pages of one document share one fetch: while a thread fetches it, none of its pages is
handed out, and it is kept while a delivery waits for it or an attempt works on it. The pages of a long document come in
several receives, so a document of several pages is kept for some time after its last use.
"""

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from threading import Lock
from typing import Final

from ocrcore.application.worker.attempt import Delivery
from ocrcore.application.worker.delivery_turns import DeliveryTurns
from ocrcore.application.worker.shared_source import SharedSource
from ocrcore.domain.fairness import MOST_AHEAD, most_ahead
from ocrcore.ports.clock import Clock
from ocrcore.ports.documents import Documents, Source

#: How long a document of several pages is kept after its last use.
_KEPT: Final = timedelta(minutes=5)
#: Most documents that are kept after their last use.
_MOST_KEPT: Final = 64


@dataclass(slots=True)
class _Fetched:
    """A document, and when it was last needed."""

    document: SharedSource
    used_at: datetime


class PrefetchBuffer:
    """Deliveries, owners and jobs in turn; safe to share between threads.

    Documents take up at most ``most`` bytes together, in this order: those that attempts work on, which are kept in any
    case, those that deliveries wait for, and those that nobody needs at the moment. Nothing is fetched ahead while the
    first two fill it. One that was, and is too large for what is left, is dropped, and its slot fetches it again. One
    that an attempt has worked on stays for the other pages that wait for it, whatever is left, so that a long document
    is not fetched for each of its pages; there are never more such documents than slots.
    """

    def __init__(self, documents: Documents, clock: Clock, *, slots: int, most: int) -> None:
        self._store = documents
        self._clock = clock
        self._slots = slots
        self._most = most
        self._lock = Lock()
        self._deliveries = DeliveryTurns()
        #: Key -> the document, the one that was needed last at the end.
        self._documents: dict[str, _Fetched] = {}
        #: Keys of documents with several pages.
        self._long: set[str] = set()
        #: Keys that a thread fetches now.
        self._fetching: set[str] = set()
        #: Keys whose fetch ahead failed: the slot that claims the page fetches again, and decides what it means.
        self._failed: set[str] = set()
        #: Key -> attempts that work on it now.
        self._in_use: dict[str, int] = {}
        #: Keys of documents at hand that an attempt has worked on.
        self._worked_on: set[str] = set()
        self._ask = min(slots, MOST_AHEAD)
        self._closed = False

    def __len__(self) -> int:
        """How many deliveries wait for a slot."""
        return len(self._deliveries)

    @property
    def bytes(self) -> int:
        """The size of the documents that are kept, in bytes."""
        with self._lock:
            return sum(fetched.document.size for fetched in self._documents.values())

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

    def received(self, asked: int, count: int, seconds_per_page: float | None = None) -> None:
        """Adapt the size of the next receive to how many of the messages asked for there were, and to the pace."""
        deep = count >= asked
        self._ask = min(2 * asked if deep else self._slots, most_ahead(self._slots, seconds_per_page), MOST_AHEAD)

    def add(self, deliveries: Sequence[Delivery]) -> None:
        """Append deliveries."""
        with self._lock:
            self._deliveries.add(deliveries)
            self._long.update(one.task.s3_key for one in deliveries if not one.task.names_whole_file)

    def take(self) -> Delivery | None:
        """Remove and return the next delivery whose document is not being fetched right now, or None.

        If the document is not at hand, the caller is the one to fetch it.
        """
        with self._lock:
            delivery = self._first_ready()
            if delivery is not None:
                self._deliveries.take(delivery)
                self._use(delivery.task.s3_key)
                if delivery.task.s3_key not in self._documents:
                    self._fetching.add(delivery.task.s3_key)
            return delivery

    def put_back(self, delivery: Delivery) -> None:
        """Let a delivery that was taken wait again, as the first of its job."""
        with self._lock:
            self._deliveries.put_back(delivery)
        self.release(delivery.task.s3_key)

    def to_fetch(self, idle: int) -> str | None:
        """Return the key of a document that should be fetched ahead, or None.

        The first ``idle`` deliveries start at once and their slots fetch for themselves; behind them, one document a
        slot is fetched ahead.
        """
        with self._lock:
            if len(self._deliveries) <= idle:  # nearly always, and this is asked several times for each page
                return None
            ahead = (one.task for one in islice(self._deliveries, idle, idle + self._slots))
            keys = (task.s3_key for task in ahead if task.names_own_document(self._store.bucket))
            missing = next((key for key in keys if self._is_missing(key)), None)
            return None if missing is None or self._is_full() else missing

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

    def keep(self, key: str, document: Source) -> None:
        """Keep a document for the deliveries that wait for it."""
        self._lent(key, document).close()

    def document(self, key: str) -> Source:
        """Return the document: the one at hand, or one fetched now and kept for the other pages that wait for it.

        The caller closes it. Raises what ``Documents.open`` raises.
        """
        with self._lock:
            known = self._documents.get(key)
            if known is not None:
                return known.document.lend()
            self._fetching.add(key)
        try:
            document = self._store.open(key)
        finally:
            with self._lock:
                self._fetching.discard(key)
        return self._lent(key, document)

    def sweep(self) -> None:
        """Drop documents that were kept long enough."""
        with self._lock:
            self._drop_unused()

    def _lent(self, key: str, document: Source) -> Source:
        """Keep a document that was fetched, and return it for one attempt."""
        shared = SharedSource(document)
        lent = shared.lend()
        with self._lock:
            other = self._documents.pop(key, None)
            if other is not None:
                other.document.drop()
            self._documents[key] = _Fetched(shared, self._clock.now())
            self._drop_unused()
        return lent

    def release(self, key: str) -> None:
        """End the use of a document by an attempt, or by a delivery that needed none."""
        with self._lock:
            self._fetching.discard(key)
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
        if not self._deliveries:
            return None
        return next((one for one in self._deliveries if one.task.s3_key not in self._fetching), None)

    def _is_full(self) -> bool:
        """Return whether the documents that are needed now leave no room."""
        wanted = self._wanted().keys() | self._in_use.keys()
        return self._size(self._documents.keys() & wanted) >= self._most

    def _is_missing(self, key: str) -> bool:
        return not (key in self._documents or key in self._fetching or key in self._failed)

    def _use(self, key: str) -> None:
        self._in_use[key] = self._in_use.get(key, 0) + 1
        self._worked_on.add(key)

    def _drop_unused(self) -> None:
        now = self._clock.now()
        waiting = self._wanted()
        wanted = waiting.keys() | self._in_use.keys()
        for key in wanted & self._documents.keys():
            self._documents[key].used_at = now
        kept = set(self._in_use.keys() & self._documents.keys())
        left = self._most - self._size(kept)
        for key in (key for key in waiting if key in self._documents and key not in kept):
            stays = key in self._worked_on and len(kept) < self._slots
            if self._documents[key].document.size > left and not stays:
                self._failed.add(key)
                continue
            kept.add(key)
            left -= self._documents[key].document.size
        kept |= self._spared(now, wanted, left)
        for key in self._documents.keys() - kept:
            self._documents.pop(key).document.drop()
        self._failed &= wanted
        self._worked_on &= self._documents.keys() | self._in_use.keys()
        self._long &= wanted | self._documents.keys()

    def _wanted(self) -> dict[str, None]:
        """Return the keys of the documents that deliveries wait for, those of the next ones first."""
        return dict.fromkeys(one.task.s3_key for one in self._deliveries)

    def _size(self, keys: AbstractSet[str]) -> int:
        return sum(self._documents[key].document.size for key in keys)

    def _spared(self, now: datetime, wanted: AbstractSet[str], most: int) -> AbstractSet[str]:
        """Return the keys of the documents that are kept though nobody needs them now, those needed last first."""
        spared: set[str] = set()
        size = 0
        idle = [(key, one) for key, one in self._documents.items() if key in self._long and key not in wanted]
        for key, fetched in sorted(idle, key=lambda pair: pair[1].used_at, reverse=True):
            size += fetched.document.size
            if self._closed or now - fetched.used_at > _KEPT or size > most or len(spared) == _MOST_KEPT:
                break
            spared.add(key)
        return spared
