"""Acknowledgements: what happens to a message, decided from what the database says about its item.

A message is deleted (*ack*) only when nothing needs it any more: its item is finished and committed, or its job is
deleted. Otherwise it becomes visible again after a delay (*nack*), or is left to its visibility timeout (*leave*).
"""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Final, TypeVar

from ocrcore.application.context import Context
from ocrcore.application.worker.attempt import Delivery
from ocrcore.application.worker.outcomes import GivenBack, Outcome, Released
from ocrcore.domain.errors import Unavailable
from ocrcore.domain.item import Item
from ocrcore.domain.lifecycle import OPEN_ITEMS, ItemStatus
from ocrcore.domain.time_limits import retry_delay
from ocrcore.ports.queue import Queue

T = TypeVar("T")
#: How long the message of an unknown item stays hidden: it is received so rarely that it becomes a dead letter.
UNKNOWN_ITEM_DELAY: Final = timedelta(minutes=10)
#: Most deletes, and most visibility changes, kept while the queue is down. Beyond that the queue redelivers.
_MOST: Final = 1000

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Ack:
    """Delete the message: its item is finished and committed, or its job is deleted."""


@dataclass(frozen=True, slots=True)
class Nack:
    """Show the message again after a delay."""

    delay: timedelta = timedelta()


@dataclass(frozen=True, slots=True)
class Leave:
    """Neither delete nor change the message: it no longer belongs to this worker."""


Acknowledgement = Ack | Nack | Leave


def ack_unclaimed(item: Item, now: datetime) -> Acknowledgement:
    """Return the acknowledgement of a message whose item could not be claimed."""
    if item.status not in OPEN_ITEMS:
        return Ack()
    if item.lease_until is None:
        return Leave()  # the commit of a claim was lost; the message is still good
    jitter = timedelta(seconds=1 + item.id.int % 4)
    return Nack(max(item.lease_until - now, timedelta()) + jitter)


def ack_after_commit(outcome: Outcome, item: Item, *, accepted: bool) -> Acknowledgement:
    """Return the acknowledgement after an outcome was committed, or refused by the fence."""
    if item.status not in OPEN_ITEMS:
        return Ack()
    if not accepted or item.status is ItemStatus.PROCESSING:
        return Leave()
    match outcome:
        case Released():
            return Nack(retry_delay(item.attempts))
        case GivenBack(delay):
            return Nack(delay)
        case _:
            return Leave()


def ack_orphan(context: Context, delivery: Delivery) -> Acknowledgement:
    """Return the acknowledgement of a message whose job or item has no row."""
    if context.tombstones.get(delivery.task.job_id) is not None:
        return Ack()
    return Nack(UNKNOWN_ITEM_DELAY)


class Acknowledgements:
    """Pending acknowledgements, sent to the queue in batches. Nothing else deletes a task's message.

    Safe to share between threads. If the process dies, the queue redelivers the messages and the rows decide again.
    """

    def __init__(self, queue: Queue) -> None:
        self._queue = queue
        self._lock = Lock()
        self._deletes: dict[str, None] = {}
        self._delays: dict[str, timedelta] = {}
        #: The latest delays that were decided, sent or not.
        self._decided: dict[str, timedelta] = {}

    def __len__(self) -> int:
        """How many acknowledgements are pending."""
        return len(self._deletes) + len(self._delays)

    def add(self, delivery: Delivery, acknowledgement: Acknowledgement) -> None:
        """Remember the acknowledgement of a delivery; one that is left needs none."""
        with self._lock:
            match acknowledgement:
                case Ack():
                    self._deletes[delivery.receipt] = None
                case Nack(delay):
                    self._delays[delivery.receipt] = delay
                    self._decided = _latest({**self._decided, delivery.receipt: delay})
                case Leave():
                    pass

    def repeat(self, receipts: Iterable[str]) -> None:
        """Make the visibility changes of these messages pending again, where any was decided.

        For messages that a heartbeat hid: it may have begun before the change, and reached the queue after it.
        """
        with self._lock:
            again = {receipt: self._decided[receipt] for receipt in receipts if receipt in self._decided}
            self._delays = again | self._delays

    def flush(self) -> bool:
        """Send what is pending and return whether the queue answered; what it did not take is kept."""
        with self._lock:
            deletes, self._deletes = self._deletes, {}
            delays, self._delays = self._delays, {}
        try:
            if deletes:
                self._queue.delete(list(deletes))
                deletes = {}
            if delays:
                self._queue.change_visibility(delays)
        except Unavailable:
            _log.warning("acknowledgements were not sent: the queue is unavailable", exc_info=True)
            with self._lock:
                self._deletes = _latest(deletes | self._deletes)
                self._delays = _latest(delays | self._delays)
            return False
        return True


def _latest(pending: Mapping[str, T]) -> dict[str, T]:
    return dict(list(pending.items())[-_MOST:])
