"""What becomes of a message, by what the database answered."""

from datetime import datetime, timedelta
from enum import Enum
from typing import Final

from ocrcore.application.context import Context
from ocrcore.application.work import Answer, GivenBack, Held, Released
from ocrcore.domain.item import Item
from ocrcore.domain.lifecycle import OPEN_ITEMS, ItemStatus, retry_delay

#: A message for an item that nobody knows is shown so seldom that it ends among the dead letters.
STRANGER_DELAY: Final = timedelta(minutes=10)


class Fate(Enum):
    """What to do with a message that is not simply hidden for a while."""

    #: Its item is finished and committed, or its job is deleted.
    DELETE = "delete"
    #: It is not this worker's any more: neither deleted nor changed.
    FORGET = "forget"


#: What becomes of a message; a duration: it is hidden for so long.
Disposal = Fate | timedelta


def fate_without_claim(item: Item, now: datetime) -> Disposal:
    """Return what becomes of a message whose item could not be claimed."""
    if item.status not in OPEN_ITEMS:
        return Fate.DELETE
    if item.lease_until is None:
        return Fate.FORGET  # a claim whose commit was lost: the message is still good
    jitter = timedelta(seconds=1 + item.id.int % 4)
    return max(item.lease_until - now, timedelta()) + jitter


def fate_after_answer(answer: Answer, item: Item, *, accepted: bool) -> Disposal:
    """Return what becomes of a message after its worker's answer was committed or refused."""
    if item.status not in OPEN_ITEMS:
        return Fate.DELETE
    if not accepted or item.status is ItemStatus.PROCESSING:
        return Fate.FORGET
    match answer:
        case Released():
            return retry_delay(item.attempts)
        case GivenBack(delay):
            return delay
        case _:
            return Fate.FORGET


def fate_without_job(context: Context, held: Held) -> Disposal:
    """Return what becomes of a message whose job or item has no row."""
    if context.tombstones.get(held.task.job_id) is not None:
        return Fate.DELETE
    return STRANGER_DELAY
