"""The worker: what one process does with messages, as steps that any thread may call.

A delivery passes five steps, each of them safe to lose:

1. **receive**: the message waits in the prefetch buffer. Its visibility is extended and its document may be fetched
   ahead, nothing more; it has no lease.
2. **claim**, only when a slot is free to start: one transaction counts an attempt and sets a lease. A claim may be
   refused so that another owner's page gets the slot; then nothing is written.
3. **recognise**: a child process reads the page. The slot goes on with the next page as soon as there is an outcome.
4. **commit**: other threads store the layout and commit the outcome, several of one job together.
5. **acknowledge**: deletes and visibility changes are sent to the queue in batches.

A process that dies at any point leaves leases and visibility timeouts to lapse, and nothing else.
"""

import logging
import threading
from collections.abc import Sequence
from datetime import timedelta
from enum import Enum
from typing import Final
from uuid import UUID

from ocrcore.application.context import Context
from ocrcore.application.worker.acknowledgements import Acknowledgements, Nack
from ocrcore.application.worker.attempt import Attempt, Delivery
from ocrcore.application.worker.claim_item import claim_item
from ocrcore.application.worker.commit_results import Result, commit_results
from ocrcore.application.worker.fair_share import FairShare
from ocrcore.application.worker.outcomes import Outcome, Recognised, Released
from ocrcore.application.worker.prefetch import PrefetchBuffer
from ocrcore.application.worker.recognise_item import fetch_document, recognise_item
from ocrcore.domain.codes import ItemErrorCode
from ocrcore.domain.errors import CommitUnknown, DatabaseUnavailable, Unavailable
from ocrcore.domain.fairness import REFUSED_FOR
from ocrcore.domain.task import Task
from ocrcore.ports.documents import DocumentMissing
from ocrcore.ports.queue import Received

#: Weight of the latest page in the moving average of the pace.
_WEIGHT: Final = 0.2

#: Most outcomes in one commit: the first waits for the layouts of the others to be stored.
_GROUP: Final = 4

#: The outcome committed in place of one that the commit itself fails on.
_OUR_FAILURE: Final = Released(ItemErrorCode.INTERNAL_ERROR)

_log = logging.getLogger(__name__)


class Step(Enum):
    """How a step went."""

    #: There was nothing to do.
    IDLE = "idle"
    #: Something was done.
    DONE = "done"
    #: A service is unavailable; wait a moment before the next step.
    BLOCKED = "blocked"


class Worker:
    """The deliveries and attempts of one process that recognises ``slots`` pages at the same time.

    ``worker_id`` is the id of its reports, by which the audit log names it; None: it has none.
    """

    def __init__(self, context: Context, *, slots: int, worker_id: UUID | None = None) -> None:
        self._context, self._id = context, worker_id
        self._slots = slots
        self._lock = threading.Lock()
        self._prefetched = PrefetchBuffer(
            context.documents, context.clock, slots=slots, most=context.policy.cache_bytes
        )
        self._acknowledgements = Acknowledgements(context.queue)
        self._fair_share = FairShare(context, slots)
        self._attempts: dict[Attempt, None] = {}  # a set that keeps its order, so that a simulation can be replayed
        self._draining = False
        self._seconds_per_page: float | None = None

    @property
    def seconds_per_page(self) -> float | None:
        """Moving average of the time from claim to text; None before the first page."""
        return self._seconds_per_page

    @property
    def room(self) -> int:
        """How many messages the next receive asks for."""
        return self._prefetched.room

    @property
    def has_waiting(self) -> bool:
        """Whether a delivery waits that a slot may claim: none may while too many outcomes wait for their commit."""
        return self._prefetched.has_ready and not self._draining and not self._is_behind()

    @property
    def has_results(self) -> bool:
        """Whether an outcome waits to be committed."""
        with self._lock:
            return any(attempt.outcome is not None and not attempt.committing for attempt in self._attempts)

    @property
    def reading(self) -> int:
        """How many pages are being recognised."""
        with self._lock:
            return sum(attempt.outcome is None for attempt in self._attempts)

    @property
    def cached_bytes(self) -> int:
        """How many bytes of documents are at hand, in use or kept after their last use."""
        return self._prefetched.bytes

    @property
    def unacknowledged(self) -> int:
        """How many acknowledgements are pending."""
        return len(self._acknowledgements)

    def receive_once(self, wait: timedelta) -> Step:
        """Receive messages if there is room for any, waiting up to ``wait`` for the first."""
        asked = self._prefetched.room
        if asked == 0:
            return Step.IDLE
        try:
            received = self._context.queue.receive(asked, wait=wait)
        except Unavailable:
            _log.warning("no messages: a service is unavailable", exc_info=True)
            return Step.BLOCKED
        parsed = [(message, self._accept(message)) for message in received]
        self._prefetched.received(asked, len(received), self._seconds_per_page)
        self._prefetched.add([delivery for _, delivery in parsed if delivery is not None])
        if self._draining:
            self.drain()
        for message, delivery in parsed:  # last, so that a slow database does not keep the others from the slots
            if delivery is None:
                self._put_aside(message)
        return Step.DONE if received else Step.IDLE

    def _accept(self, message: Received) -> Delivery | None:
        try:
            task = Task.from_json(message.body)
        except ValueError:
            return None
        return Delivery(task, message.receipt, message.request_id, message.group, message.receive_count)

    def _put_aside(self, message: Received) -> None:
        """Record and delete a message that is no task of this service."""
        try:
            self._context.rejected.record(message.message_id, message.body, self._context.clock.now())
            self._context.queue.delete([message.receipt])
        except Unavailable:
            _log.warning("a foreign message could not be recorded; it will come again", exc_info=True)

    @property
    def may_fetch(self) -> bool:
        """Whether a document should be fetched ahead."""
        return self._next_to_fetch() is not None

    def fetch_once(self) -> Step:
        """Fetch one document ahead. If that fails, the slot that claims the page fetches again and decides."""
        key = self._next_to_fetch()
        if key is None:
            return Step.IDLE
        with self._prefetched.fetching(key) as mine:
            if not mine:
                return Step.IDLE
            try:
                self._prefetched.keep(key, self._context.documents.open(key))
            except (DocumentMissing, Unavailable, ValueError):
                _log.debug("a document could not be fetched ahead", exc_info=True)
        return Step.DONE

    def _next_to_fetch(self) -> str | None:
        return self._prefetched.to_fetch(max(0, self._slots - self.reading))

    def process_one(self) -> Step:
        """Claim and recognise the oldest delivery; its outcome waits to be committed."""
        claimed = self.claim_one()
        if isinstance(claimed, Step):
            return claimed
        self.recognise(claimed)
        return Step.DONE

    def claim_one(self) -> Attempt | Step:
        """Claim the next delivery and fetch its document; return the attempt, to be handed to :meth:`recognise`.

        Returns ``DONE`` where the delivery needs no attempt: its item is finished, deleted or leased by another, or
        another owner's page should get the slot.
        """
        if self._draining or self._is_behind():
            return Step.IDLE
        delivery = self._prefetched.take()
        if delivery is None:
            return Step.IDLE
        if self._fair_share.refuses(delivery, self._in_flight(delivery.group)):
            self._prefetched.release(delivery.task.s3_key)
            self._acknowledgements.add(delivery, Nack(REFUSED_FOR))
            return Step.DONE
        try:
            with self._context.tracer.span("claim", delivery.request_id, item_id=str(delivery.task.item_id)):
                claimed = claim_item(self._context, delivery, self._id)
        except Unavailable:
            about = {"item_id": str(delivery.task.item_id), "request_id": delivery.request_id}
            _log.warning("claim postponed: a service is unavailable", extra=about, exc_info=True)
            self._prefetched.put_back(delivery)
            if self._draining:
                self.drain()
            return Step.BLOCKED
        except BaseException:
            self._prefetched.release(delivery.task.s3_key)  # or the other pages of its document would wait for ever
            raise
        if not isinstance(claimed, Attempt):
            self._prefetched.release(delivery.task.s3_key)
            self._acknowledgements.add(delivery, claimed)
            return Step.DONE
        with self._lock:
            self._attempts[claimed] = None
            if self._draining:
                claimed.stop.set()
        fetch_document(self._context, claimed, self._prefetched.document)
        return claimed

    def _in_flight(self, group: str | None) -> int:
        """Return how many pages of a group are being recognised here."""
        with self._lock:
            return sum(attempt.outcome is None and attempt.delivery.group == group for attempt in self._attempts)

    def recognise(self, attempt: Attempt) -> None:
        """Recognise a page that was claimed; does nothing for an attempt that has an outcome already."""
        outcome = self._recognised(attempt) if attempt.outcome is None else None
        self._prefetched.release(attempt.delivery.task.s3_key)
        if outcome is None:
            return
        if isinstance(outcome, Recognised):
            seconds = (self._context.clock.now() - attempt.claimed_at).total_seconds()
            self._context.meter.recognised(outcome.layout.engine, seconds)
            self._measure(seconds)
        attempt.outcome = outcome

    def _recognised(self, attempt: Attempt) -> Outcome:
        item = attempt.item
        about: dict[str, str | int] = {"job_id": str(item.job_id), "item_id": str(item.id), "attempt": item.attempts}
        with self._context.tracer.span("recognise", attempt.delivery.request_id, **about) as span:
            outcome = recognise_item(self._context, attempt)
            span.note(outcome=type(outcome).__name__.lower())
        return outcome

    def _is_behind(self) -> bool:
        """Whether so many outcomes wait for the database that no more should be produced."""
        with self._lock:
            return sum(attempt.outcome is not None for attempt in self._attempts) > 2 * self._slots

    def _measure(self, latest: float) -> None:
        before = self._seconds_per_page
        self._seconds_per_page = latest if before is None else before + _WEIGHT * (latest - before)

    def commit_once(self) -> Step:
        """Store and commit the oldest outcome, together with others of the same job.

        A worker that is draining commits one by one, so that it can look at the time in between.
        """
        results = self._next_results()
        if not results:
            return Step.IDLE
        committed = False
        try:
            committed = self._commit(results)
        finally:
            with self._lock:  # in one step, or another thread would commit again what was just committed
                for result in results:
                    result.attempt.committing = False
                    if committed:
                        self._attempts.pop(result.attempt, None)
        return Step.DONE if committed else Step.BLOCKED

    def _next_results(self) -> Sequence[Result]:
        with self._lock:
            free = (attempt for attempt in self._attempts if not attempt.committing)
            waiting = [Result(attempt, attempt.outcome) for attempt in free if attempt.outcome is not None]
            most = 1 if self._draining else _GROUP
            joining = [one for one in waiting[1:] if _may_join(waiting[0].attempt, one.attempt)]
            group = _of_different_items([*waiting[:1], *joining])[:most]
            for result in group:
                result.attempt.committing = True
            return group

    def _commit(self, results: Sequence[Result]) -> bool:
        """Return whether these attempts are over; if not, their outcomes are committed again later."""
        items = [result.attempt.item for result in results]
        about = {"job_id": str(items[0].job_id), "items": ", ".join(str(item.id) for item in items)}
        try:
            with self._context.tracer.span("commit", results[0].attempt.delivery.request_id, items=len(results)):
                acknowledgements = commit_results(self._context, results)
        except (DatabaseUnavailable, CommitUnknown):
            _log.warning("commit postponed: the database is unavailable", extra=about, exc_info=True)
            return False
        except Exception:  # noqa: BLE001 - one outcome that cannot be committed must not stop the worker or the others
            _log.exception("unexpected error in a commit", extra=about)
            return _give_up(results)
        for result, acknowledgement in zip(results, acknowledgements, strict=True):
            self._acknowledgements.add(result.attempt.delivery, acknowledgement)
        return True

    def acknowledge_once(self) -> Step:
        """Send the pending acknowledgements to the queue."""
        if not len(self._acknowledgements):
            return Step.IDLE
        return Step.DONE if self._acknowledgements.flush() else Step.BLOCKED

    def work_one(self) -> Step:
        """Take the oldest delivery through all steps, and commit what waits: for a process with one thread."""
        processed = self.process_one()
        while (committed := self.commit_once()) is Step.DONE:
            pass
        acknowledged = self.acknowledge_once()
        return Step.BLOCKED if Step.BLOCKED in (committed, acknowledged) else processed

    def beat_once(self) -> Step:
        """Extend the leases of attempts and the visibility of deliveries; stop attempts whose lease was refused.

        An attempt whose time is spent gets no heartbeat any more, so a hung thread never holds a lease for ever.
        """
        now = self._context.clock.now()
        self._prefetched.sweep()
        with self._lock:
            alive = [attempt for attempt in self._attempts if now < attempt.ends_at]
            for attempt in self._attempts.keys() - alive:
                attempt.stop.set()
        waiting = self._prefetched.all()
        deliveries = [*waiting, *(attempt.delivery for attempt in alive)]
        # Both are always tried: one service that is unavailable must not cost the other's heartbeat.
        beats = (self._renew(alive), self._hide(deliveries))
        # Meanwhile some may have been given back or released, and this beat hid them again.
        self._acknowledgements.repeat(delivery.receipt for delivery in deliveries)
        self.acknowledge_once()
        if self._draining:
            self._show(waiting)  # likewise, by the drain
        if not all(beats):
            return Step.BLOCKED
        return Step.DONE if deliveries else Step.IDLE

    def _hide(self, deliveries: list[Delivery]) -> bool:
        """Hide messages for another visibility timeout; return whether the queue answered."""
        try:
            if deliveries:
                timeout = self._context.queue.visibility_timeout
                self._context.queue.change_visibility({one.receipt: timeout for one in deliveries})
        except Unavailable:
            _log.warning("visibility was not extended: the queue is unavailable", exc_info=True)
            return False
        return True

    def _renew(self, alive: list[Attempt]) -> bool:
        """Extend leases and stop attempts whose lease was refused; return whether the database answered."""
        until = self._context.clock.now() + self._context.policy.lease
        try:
            refused = self._context.jobs.renew([attempt.lease for attempt in alive], until) if alive else set()
        except Unavailable:
            _log.warning("leases were not renewed: the database is unavailable", exc_info=True)
            return False
        for attempt in alive:
            if attempt.lease in refused:
                attempt.stop.set()
        return True

    def drain(self) -> None:
        """Receive and claim nothing more, and show waiting messages to other workers at once."""
        with self._lock:
            self._draining = True
        self._show(self._prefetched.close())

    def _show(self, waiting: Sequence[Delivery]) -> None:
        """Show messages to other workers at once."""
        if not waiting:
            return
        try:
            self._context.queue.change_visibility({delivery.receipt: timedelta() for delivery in waiting})
        except Unavailable:
            _log.warning("messages stay hidden until their visibility timeout: the queue is unavailable", exc_info=True)

    def stop_work(self) -> None:
        """Stop every recognition and give its item back; the attempt does not count."""
        with self._lock:
            for attempt in self._attempts:
                attempt.stop.set()


def _may_join(first: Attempt, other: Attempt) -> bool:
    """Return whether two outcomes may share a commit."""
    return other.item.job_id == first.item.job_id and not first.alone and not other.alone


def _of_different_items(results: Sequence[Result]) -> list[Result]:
    """Return the first result of each item.

    Two slots may both believe that a claim was theirs, if one of them got no answer to its commit and the other's claim
    is of the same instant. Each of their outcomes is judged by what the other left.
    """
    first = {result.attempt.item.id: result for result in reversed(results)}
    return [result for result in results if first[result.attempt.item.id] is result]


def _give_up(results: Sequence[Result]) -> bool:
    """Prepare the next try after an unexpected error: each alone, then as a failure. Return whether it is over."""
    if len(results) > 1:
        for result in results:
            result.attempt.alone = True
        return False
    (last,) = results
    last.attempt.outcome = _OUR_FAILURE
    return last.outcome == _OUR_FAILURE
