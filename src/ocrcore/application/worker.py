"""The worker: what one process does with messages, as steps that any threads may take.

A received message is *held*: its visibility is extended, nothing more. Only when a slot is free to begin is it
*claimed*. A process that dies at any point leaves leases and visibility times to lapse, and nothing else.
"""

import logging
import threading
from collections import deque
from datetime import timedelta
from enum import Enum
from typing import Final

from ocrcore.application.claim_item import claim_item
from ocrcore.application.context import Context
from ocrcore.application.recognise_item import recognise_item
from ocrcore.application.settle_item import settle_item
from ocrcore.application.work import Answer, Held, Recognised, Released, Work
from ocrcore.domain.codes import ItemErrorCode
from ocrcore.domain.errors import CommitUnknown, DatabaseUnavailable, Unavailable
from ocrcore.domain.task import Task
from ocrcore.ports.queue import Received

#: Of the latest page in the measured pace.
_WEIGHT: Final = 0.2

#: What is answered when the answer itself cannot be committed.
_OUR_FAULT: Final = Released(ItemErrorCode.INTERNAL_ERROR)

_log = logging.getLogger(__name__)


class Step(Enum):
    """How a step went."""

    #: There was nothing to do.
    IDLE = "idle"
    #: Something was done.
    DONE = "done"
    #: A service is away; wait a moment before the next step.
    BLOCKED = "blocked"


class Worker:
    """The messages and the work of one process."""

    def __init__(self, context: Context, *, prefetch: int) -> None:
        self._context = context
        self._prefetch = prefetch
        self._lock = threading.Lock()
        self._waiting: deque[Held] = deque()
        self._work: dict[Work, None] = {}  # a set that keeps its order, so that a history can be replayed
        self._draining = False
        self._seconds_per_page: float | None = None

    @property
    def seconds_per_page(self) -> float | None:
        """How long a page takes from its claim to its text, over the latest ones; None before the first."""
        return self._seconds_per_page

    @property
    def room(self) -> int:
        """How many more messages may be received ahead of need."""
        with self._lock:
            return 0 if self._draining else max(0, self._prefetch - len(self._waiting))

    @property
    def has_waiting(self) -> bool:
        """Whether a message waits for a slot."""
        with self._lock:
            return bool(self._waiting) and not self._draining

    def receive_once(self, wait: timedelta) -> Step:
        """Receive as many messages as there is room for (at most 10), waiting for the first."""
        limit = min(self.room, 10)
        if limit == 0:
            return Step.IDLE
        try:
            received = self._context.queue.receive(limit, wait=wait)
            held = [one for message in received if (one := self._accept(message)) is not None]
        except Unavailable:
            _log.warning("no messages: a service is away", exc_info=True)
            return Step.BLOCKED
        with self._lock:
            self._waiting.extend(held)
        if self._draining:
            self.drain()
        return Step.DONE if received else Step.IDLE

    def _accept(self, message: Received) -> Held | None:
        try:
            return Held(Task.from_json(message.body), message.receipt)
        except ValueError:
            pass
        try:
            self._context.rejected.record(message.message_id, message.body, self._context.clock.now())
            self._context.queue.delete([message.receipt])
        except Unavailable:
            _log.warning("a message that is not ours could not be put aside; it will come again", exc_info=True)
        return None

    def process_one(self) -> Step:
        """Take the message that waits longest through claim, recognition and commit."""
        with self._lock:
            if self._draining or not self._waiting:
                return Step.IDLE
            held = self._waiting.popleft()
        try:
            work = claim_item(self._context, held)
        except Unavailable:
            _log.warning("claim put off: a service is away", exc_info=True)
            with self._lock:
                self._waiting.appendleft(held)
            if self._draining:
                self.drain()
            return Step.BLOCKED
        if work is None:
            return Step.DONE
        with self._lock:
            self._work[work] = None
            if self._draining:
                work.stop.set()
        answer = recognise_item(self._context, work)
        if isinstance(answer, Recognised):
            seconds = (self._context.clock.now() - work.claimed_at).total_seconds()
            self._context.meter.recognised(answer.layout.engine, seconds)
            self._measure(seconds)
        return self._settle(work, answer)

    def _measure(self, latest: float) -> None:
        before = self._seconds_per_page
        self._seconds_per_page = latest if before is None else before + _WEIGHT * (latest - before)

    def settle_once(self) -> Step:
        """Commit the answers whose commit failed before."""
        with self._lock:
            unsettled = [(work, work.answer) for work in self._work if work.answer is not None]
        return max((self._settle(work, answer) for work, answer in unsettled), default=Step.IDLE, key=_severity)

    def _settle(self, work: Work, answer: Answer) -> Step:
        try:
            settle_item(self._context, work, answer)
        except (DatabaseUnavailable, CommitUnknown):
            _log.warning("commit put off: the database is away", extra={"item_id": str(work.item.id)}, exc_info=True)
            work.answer = answer
            return Step.BLOCKED
        except Unavailable:
            _log.warning("a message could not be disposed of; it will come again", exc_info=True)
        except Exception:  # noqa: BLE001 - an answer that nothing takes must not stop the worker
            _log.exception("unexpected at a commit", extra={"item_id": str(work.item.id)})
            if answer != _OUR_FAULT:
                work.answer = _OUR_FAULT
                return Step.BLOCKED
        with self._lock:
            self._work.pop(work, None)
        return Step.DONE

    def beat_once(self) -> Step:
        """Extend the leases of what is claimed and the visibility of what is held; stop what was refused.

        Work whose time is spent gets no heartbeat any more, so a hung thread holds nothing for ever.
        """
        now = self._context.clock.now()
        with self._lock:
            alive = [work for work in self._work if now < work.ends_at]
            for work in self._work.keys() - alive:
                work.stop.set()
            waiting = list(self._waiting)
        held = [*waiting, *(work.held for work in alive)]
        beats = (self._renew(alive), self._hide(held))  # one service that is away must not cost the other's beat
        if self._draining:
            self._show(waiting)  # what a drain has shown in the meantime was hidden again
        if not all(beats):
            return Step.BLOCKED
        return Step.DONE if held else Step.IDLE

    def _hide(self, held: list[Held]) -> bool:
        """Hide messages for another visibility timeout; tell whether the queue answered."""
        try:
            if held:
                timeout = self._context.queue.visibility_timeout
                self._context.queue.change_visibility({one.receipt: timeout for one in held})
        except Unavailable:
            _log.warning("messages were not kept hidden: the queue is away", exc_info=True)
            return False
        return True

    def _renew(self, alive: list[Work]) -> bool:
        """Extend leases and stop what was refused; tell whether the database answered."""
        until = self._context.clock.now() + self._context.policy.lease
        try:
            refused = self._context.jobs.renew([work.lease for work in alive], until) if alive else set()
        except Unavailable:
            _log.warning("leases were not renewed: the database is away", exc_info=True)
            return False
        for work in alive:
            if work.lease in refused:
                work.stop.set()
        return True

    def drain(self) -> None:
        """Receive and begin nothing more, and show what is held but not begun to other workers at once."""
        with self._lock:
            self._draining = True
            waiting = list(self._waiting)
            self._waiting.clear()
        self._show(waiting)

    def _show(self, waiting: list[Held]) -> None:
        """Show messages to other workers at once."""
        if not waiting:
            return
        try:
            self._context.queue.change_visibility({held.receipt: timedelta() for held in waiting})
        except Unavailable:
            _log.warning("held messages could not be shown; they will come back by themselves", exc_info=True)

    def stop_work(self) -> None:
        """Give back what still runs: each recognition ends, and its attempt does not count."""
        with self._lock:
            for work in self._work:
                work.stop.set()


def _severity(step: Step) -> int:
    return (Step.IDLE, Step.DONE, Step.BLOCKED).index(step)
