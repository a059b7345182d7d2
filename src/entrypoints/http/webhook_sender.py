"""The threads that send what webhooks wait for, in processes that serve.

One loop asks every second which webhooks have a delivery that is due, and gives each to a thread. A thread sends some
deliveries of its webhook, one after the other, and ends. Receivers may be slow, each for ten seconds at a time, and one
owner may have ten of them, so threads are given out by *lanes*: webhooks whose last delivery failed, or was slow, share
half of the threads, and the others have all of them. A slow receiver thus delays other slow ones, and nobody else. A
webhook of which nothing is known has one thread, and a quarter of the threads is not for such, because whoever makes
and deletes webhooks without end has always new ones. Of slow and new webhooks an owner has a few threads, and a slow
one gives its thread back after each delivery, so that those of other owners come to their turn among them. No thread of
requests, of pages or of upkeep ever sends.
"""

import logging
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import timedelta
from enum import Enum
from typing import Final, TypeVar
from uuid import UUID

from entrypoints.worker.loops import Loop
from entrypoints.worker.pulse import Pulse
from ocrcore import Unavailable
from ocrcore.domain.webhook import MOST_IN_FLIGHT, SEND_TIME, Delivery, DeliveryStatus

#: Threads in all, those of webhooks in the slow lane, and those of slow and new ones together.
_THREADS: Final = 32
_SLOW_THREADS: Final = 16
_UNPROVEN_THREADS: Final = 24
#: Those that slow and new webhooks of one owner have at most.
_OWNER_THREADS: Final = 6
#: A delivery that took so many seconds was slow.
_SLOW: Final = 2.0
#: Seconds between two looks at what is due.
_PERIOD: Final = 1.0
#: Seconds between two looks for old deliveries.
_FORGETTING: Final = 600.0
#: Deliveries that a thread sends before it ends, so that webhooks take turns.
_TURN: Final = 10
#: Seconds after which a look counts as frozen.
_FROZEN: Final = 180.0
#: Webhooks that are remembered as slow, and as fast.
_MOST_KNOWN: Final = 10_000

T = TypeVar("T")
_log = logging.getLogger(__name__)


class Lane(Enum):
    """Where a webhook waits for a thread."""

    FAST = "fast"
    #: Nothing was delivered to it yet by this process.
    NEW = "new"
    SLOW = "slow"


class Lanes:
    """Decides which webhooks get a thread. Not safe to share between threads."""

    def __init__(
        self,
        threads: int = _THREADS,
        slow: int = _SLOW_THREADS,
        unproven: int = _UNPROVEN_THREADS,
        of_an_owner: int = _OWNER_THREADS,
    ) -> None:
        self._threads, self._most_slow, self._most_unproven = threads, slow, unproven
        self._most_of_an_owner = of_an_owner
        #: Threads with slow and new webhooks of each owner.
        self._unproven: Counter[str] = Counter()
        #: Threads of each webhook, and of each lane.
        self._busy: Counter[UUID] = Counter()
        self._in: Counter[Lane] = Counter()
        #: Webhook -> how its last delivery went; those that were noted first before the others.
        self._known: dict[UUID, Lane] = {}

    def enter(self, webhook_id: UUID, owner: str) -> Lane | None:
        """Take a thread for a webhook; return its lane; None if it or its owner has its share, or the lane is full."""
        lane = self._known.get(webhook_id, Lane.NEW)
        share = 1 if lane is Lane.NEW else MOST_IN_FLIGHT
        unproven = self._in[Lane.NEW] + self._in[Lane.SLOW]
        if self._busy[webhook_id] >= share or self._busy.total() >= self._threads:
            return None
        if lane is not Lane.FAST and unproven >= self._most_unproven:
            return None
        if lane is Lane.SLOW and self._in[Lane.SLOW] >= self._most_slow:
            return None
        if lane is not Lane.FAST:
            if self._unproven[owner] >= self._most_of_an_owner:
                return None
            self._unproven[owner] += 1
        self._busy[webhook_id] += 1
        self._in[lane] += 1
        return lane

    def may_go_on(self, webhook_id: UUID, lane: Lane, *, is_slow: bool) -> bool:
        """Note how a delivery went; return whether the thread may go on with the webhook."""
        self._known.pop(webhook_id, None)
        self._known[webhook_id] = Lane.SLOW if is_slow else Lane.FAST
        while len(self._known) > _MOST_KNOWN:
            del self._known[next(iter(self._known))]
        return lane is not Lane.SLOW and not is_slow

    def leave(self, webhook_id: UUID, owner: str, lane: Lane) -> None:
        """Give the thread of a webhook back."""
        _count_down(self._busy, webhook_id)
        self._in[lane] -= 1
        if lane is not Lane.FAST:
            _count_down(self._unproven, owner)


def _count_down(counts: Counter[T], of: T) -> None:
    counts[of] -= 1
    if not counts[of]:
        del counts[of]


class WebhookSender:
    """Sends deliveries in threads, from :meth:`start` to :meth:`stop`."""

    def __init__(
        self,
        due: Callable[[], Mapping[UUID, str]],
        deliver: Callable[[UUID], Delivery | None],
        forget: Callable[[], int],
        lanes: Lanes | None = None,
    ) -> None:
        self._due, self._deliver, self._forget = due, deliver, forget
        self._lanes, self._lock = lanes or Lanes(), threading.Lock()
        self._stopping = threading.Event()
        self._threads: set[threading.Thread] = set()
        self._forget_at = time.monotonic()
        self._loop = Loop("webhooks", self._look, longest=_FROZEN)

    @property
    def pulse(self) -> Pulse:
        """Whether the loop moves."""
        return self._loop.pulse

    def start(self) -> None:
        """Start the loop."""
        self._loop.start()

    def drain(self) -> None:
        """Begin nothing more. Safe to call twice, and beside :meth:`stop`."""
        self._stopping.set()
        self._loop.stop()

    def stop(self, grace: timedelta) -> None:
        """Begin nothing more, and wait for what is being sent, ten seconds at most.

        What is cut off is sent again, by any process, when its lease has lapsed.
        """
        self.drain()
        end = time.monotonic() + min(grace, SEND_TIME).total_seconds()
        self._loop.join(max(0.0, end - time.monotonic()))
        with self._lock:
            threads = list(self._threads)
        for thread in threads:
            thread.join(max(0.0, end - time.monotonic()))

    def _look(self) -> float:
        """Give every webhook with a delivery that is due a thread, in random order, as far as there are some.

        Now and then forget old deliveries. Upkeep does not do it: that would cost every process a query each time.
        """
        if time.monotonic() >= self._forget_at and not self._forget():
            self._forget_at = time.monotonic() + _FORGETTING
        due = list(self._due().items())
        random.shuffle(due)
        for webhook_id, owner in due:
            for _ in range(MOST_IN_FLIGHT):
                with self._lock:
                    lane = None if self._stopping.is_set() else self._lanes.enter(webhook_id, owner)
                    if lane is None:
                        break
                    what = webhook_id, owner, lane
                    thread = threading.Thread(target=self._send, args=what, name="webhook", daemon=True)
                    self._threads.add(thread)
                thread.start()
        return _PERIOD

    def _send(self, webhook_id: UUID, owner: str, lane: Lane) -> None:
        try:
            for _ in range(_TURN):
                if self._stopping.is_set() or not self._send_one(webhook_id, lane):
                    break
        except Unavailable:
            _log.warning("a service is unavailable; the notice is sent later", exc_info=True)
        except Exception:  # noqa: BLE001 - the loop begins anew, and the lease lapses
            _log.exception("unexpected error in a thread of webhooks")
        finally:
            with self._lock:
                self._lanes.leave(webhook_id, owner, lane)
                self._threads.discard(threading.current_thread())

    def _send_one(self, webhook_id: UUID, lane: Lane) -> bool:
        """Send one delivery; return whether to go on with the webhook."""
        begun = time.monotonic()
        ended = self._deliver(webhook_id)
        if ended is None:
            return False
        is_slow = ended.status is not DeliveryStatus.DELIVERED or time.monotonic() - begun > _SLOW
        with self._lock:
            return self._lanes.may_go_on(webhook_id, lane, is_slow=is_slow)
