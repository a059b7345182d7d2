"""The worker: what one process does with messages, as steps that any threads may take.

A received message is *held*: its visibility is extended, and its document may be read ahead, nothing more. Only when a
slot is free to begin is it *claimed*. A slot recognises; layouts and answers are stored by others, while the slot goes
on, and what becomes of messages is told to the queue in batches. A process that dies at any point leaves leases and
visibility times to lapse, and nothing else.
"""

import logging
import threading
from collections.abc import Sequence
from datetime import timedelta
from enum import Enum
from typing import Final

from ocrcore.application.claim_item import claim_item
from ocrcore.application.context import Context
from ocrcore.application.disposals import Disposals
from ocrcore.application.holding import Holding
from ocrcore.application.recognise_item import recognise_item
from ocrcore.application.settle_items import Answered, settle_items
from ocrcore.application.work import Held, Recognised, Released, Work
from ocrcore.domain.codes import ItemErrorCode
from ocrcore.domain.errors import CommitUnknown, DatabaseUnavailable, Unavailable
from ocrcore.domain.keys import job_folder
from ocrcore.domain.task import Task
from ocrcore.ports.documents import DocumentMissing
from ocrcore.ports.queue import Received

#: Of the latest page in the measured pace.
_WEIGHT: Final = 0.2

#: Most answers that are committed together: the first of them waits for the layouts of the others.
_TOGETHER: Final = 4

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
    """The messages and the work of one process with so many slots."""

    def __init__(self, context: Context, *, slots: int) -> None:
        self._context = context
        self._slots = slots
        self._lock = threading.Lock()
        self._holding = Holding(slots)
        self._disposals = Disposals(context.queue)
        self._work: dict[Work, None] = {}  # a set that keeps its order, so that a history can be replayed
        self._draining = False
        self._seconds_per_page: float | None = None

    @property
    def seconds_per_page(self) -> float | None:
        """How long a page takes from its claim to its text, over the latest ones; None before the first."""
        return self._seconds_per_page

    @property
    def room(self) -> int:
        """How many messages the next receive asks for."""
        return self._holding.room

    @property
    def has_waiting(self) -> bool:
        """Whether a message waits for a slot that may begin it: none may while too many answers wait."""
        return len(self._holding) > 0 and not self._draining and not self._is_behind()

    @property
    def has_answers(self) -> bool:
        """Whether an answer waits for being settled."""
        with self._lock:
            return any(work.answer is not None and not work.settling for work in self._work)

    @property
    def undisposed(self) -> int:
        """How many messages wait for the queue to be told what becomes of them."""
        return len(self._disposals)

    def receive_once(self, wait: timedelta) -> Step:
        """Receive messages, if there is room for any, waiting for the first."""
        asked = self._holding.room
        if asked == 0:
            return Step.IDLE
        try:
            received = self._context.queue.receive(asked, wait=wait)
        except Unavailable:
            _log.warning("no messages: a service is away", exc_info=True)
            return Step.BLOCKED
        accepted = [(message, self._accept(message)) for message in received]
        self._holding.heard(asked, len(received))
        self._holding.add([held for _, held in accepted if held is not None])
        if self._draining:
            self.drain()
        for message, held in accepted:  # last, so that a database that is slow keeps no slot from the others
            if held is None:
                self._put_aside(message)
        return Step.DONE if received else Step.IDLE

    def _accept(self, message: Received) -> Held | None:
        try:
            return Held(Task.from_json(message.body), message.receipt, message.trace)
        except ValueError:
            return None

    def _put_aside(self, message: Received) -> None:
        try:
            self._context.rejected.record(message.message_id, message.body, self._context.clock.now())
            self._context.queue.delete([message.receipt])
        except Unavailable:
            _log.warning("a message that is not ours could not be put aside; it will come again", exc_info=True)

    @property
    def may_fetch(self) -> bool:
        """Whether a message waits whose document should be read ahead."""
        return self._next_to_fetch() is not None

    def fetch_once(self) -> Step:
        """Read the document of a message that waits ahead; where that fails, its slot will read it, and judge."""
        held = self._next_to_fetch()
        if held is None or not self._holding.reserve(held):
            return Step.IDLE
        if self._is_ours(held.task):
            try:
                self._holding.keep(held, self._context.documents.get(held.task.s3_key))
            except (DocumentMissing, Unavailable, ValueError):
                _log.debug("a document could not be read ahead", exc_info=True)
        return Step.DONE

    def _next_to_fetch(self) -> Held | None:
        with self._lock:
            busy = sum(work.answer is None for work in self._work)
        return self._holding.unread(max(0, self._slots - busy))

    def _is_ours(self, task: Task) -> bool:
        """Tell whether a message may name what it names; which document it is, its row will say."""
        return task.s3_bucket == self._context.documents.bucket and task.s3_key.startswith(job_folder(task.job_id))

    def process_one(self) -> Step:
        """Take the message that waits longest through claim and recognition; the answer waits for being settled."""
        if self._draining or self._is_behind():
            return Step.IDLE
        taken = self._holding.take()
        if taken is None:
            return Step.IDLE
        held, source = taken
        try:
            claimed = claim_item(self._context, held)
        except Unavailable:
            about = {"item_id": str(held.task.item_id), "request_id": held.trace}
            _log.warning("claim put off: a service is away", extra=about, exc_info=True)
            self._holding.put_back(held)
            if self._draining:
                self.drain()
            return Step.BLOCKED
        if not isinstance(claimed, Work):
            self._disposals.put(held, claimed)
            return Step.DONE
        claimed.source = source
        self._recognise(claimed)
        return Step.DONE

    def _is_behind(self) -> bool:
        """Tell whether so many answers wait for the database that no more should be made."""
        with self._lock:
            return sum(work.answer is not None for work in self._work) > 2 * self._slots

    def _recognise(self, work: Work) -> None:
        with self._lock:
            self._work[work] = None
            if self._draining:
                work.stop.set()
        answer = recognise_item(self._context, work)
        if isinstance(answer, Recognised):
            seconds = (self._context.clock.now() - work.claimed_at).total_seconds()
            self._context.meter.recognised(answer.layout.engine, seconds)
            self._measure(seconds)
        work.answer = answer

    def _measure(self, latest: float) -> None:
        before = self._seconds_per_page
        self._seconds_per_page = latest if before is None else before + _WEIGHT * (latest - before)

    def settle_once(self) -> Step:
        """Store and commit the answer that waits longest, and those that wait for the same job with it.

        What becomes of their messages is remembered. A worker that stops settles one by one.
        """
        answered = self._next_to_settle()
        if not answered:
            return Step.IDLE
        settled = False
        try:
            settled = self._settle(answered)
        finally:
            with self._lock:  # at once, or another would settle again what was settled
                for one in answered:
                    one.work.settling = False
                    if settled:
                        self._work.pop(one.work, None)
        return Step.DONE if settled else Step.BLOCKED

    def _next_to_settle(self) -> Sequence[Answered]:
        with self._lock:
            free = (work for work in self._work if not work.settling)
            waiting = [Answered(work, work.answer) for work in free if work.answer is not None]
            most = 1 if self._draining else _TOGETHER  # whoever stops looks at the time in between
            together = [*waiting[:1], *(one for one in waiting[1:] if _may_join(waiting[0].work, one.work))][:most]
            for one in together:
                one.work.settling = True
            return together

    def _settle(self, answered: Sequence[Answered]) -> bool:
        """Tell whether the work is over; if not, there are answers that are to be settled again."""
        items = [one.work.item for one in answered]
        about = {"job_id": str(items[0].job_id), "items": ", ".join(str(item.id) for item in items)}
        try:
            disposals = settle_items(self._context, answered)
        except (DatabaseUnavailable, CommitUnknown):
            _log.warning("commit put off: the database is away", extra=about, exc_info=True)
            return False
        except Exception:  # noqa: BLE001 - an answer that nothing takes must not stop the worker, nor cost the others theirs
            _log.exception("unexpected at a commit", extra=about)
            return _gave_up(answered)
        for one, disposal in zip(answered, disposals, strict=True):
            self._disposals.put(one.work.held, disposal)
        return True

    def dispose_once(self) -> Step:
        """Tell the queue what becomes of messages: all that was gathered."""
        if not len(self._disposals):
            return Step.IDLE
        return Step.DONE if self._disposals.flush() else Step.BLOCKED

    def work_one(self) -> Step:
        """Take the message that waits longest all the way, answers that wait included: for who has but one thread."""
        begun = self.process_one()
        while (settled := self.settle_once()) is Step.DONE:
            pass
        disposed = self.dispose_once()
        return Step.BLOCKED if Step.BLOCKED in (settled, disposed) else begun

    def beat_once(self) -> Step:
        """Extend the leases of what is claimed and the visibility of what is held; stop what was refused.

        Work whose time is spent gets no heartbeat any more, so a hung thread holds nothing for ever.
        """
        now = self._context.clock.now()
        with self._lock:
            alive = [work for work in self._work if now < work.ends_at]
            for work in self._work.keys() - alive:
                work.stop.set()
        waiting = self._holding.all()
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
        self._show(self._holding.close())

    def _show(self, waiting: Sequence[Held]) -> None:
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


def _may_join(first: Work, other: Work) -> bool:
    """Tell whether an answer may be committed together with one that waits longer."""
    return other.item.job_id == first.item.job_id and not first.alone and not other.alone


def _gave_up(answered: Sequence[Answered]) -> bool:
    """Prepare the next try after something unexpected: each alone, then an error; tell whether none is left."""
    if len(answered) > 1:
        for one in answered:
            one.work.alone = True
        return False
    (last,) = answered
    last.work.answer = _OUR_FAULT
    return last.answer == _OUR_FAULT
