"""The audit log: who did what to a job, and when. No text, no file names, no secrets."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final
from uuid import UUID

from ocrcore.domain.codes import ItemErrorCode
from ocrcore.domain.item import Item
from ocrcore.domain.lifecycle import ItemStatus

#: Who acts where no user does: a process that reads pages.
WORKER: Final = "worker"
#: Who acts where time does: leases that lapse, deadlines that pass; whoever noticed it first.
UPKEEP: Final = "upkeep"
#: The least that lies between two events of a job.
EVENT_STEP: Final = timedelta(microseconds=1)

Detail = Mapping[str, str | int]


class AuditAction(StrEnum):
    """What can be told of a job."""

    #: It was submitted.
    JOB_CREATED = "job.created"
    #: It was called something else.
    JOB_RENAMED = "job.renamed"
    #: It was removed, with all that belongs to it but this log.
    JOB_DELETED = "job.deleted"
    #: The user ended what was open.
    JOB_CANCELLED = "job.cancelled"
    #: The user queued again what was ERROR.
    JOB_RETRIED = "job.retried"
    #: The deadline ended what was open.
    JOB_EXPIRED = "job.expired"
    #: A worker began an attempt.
    ITEM_CLAIMED = "item.claimed"
    #: An attempt brought the text.
    ITEM_RECOGNISED = "item.recognised"
    #: The item became ERROR by itself.
    ITEM_FAILED = "item.failed"
    #: An attempt ended without a text; another may follow.
    ITEM_RELEASED = "item.released"
    #: Somebody looked at the job.
    JOB_READ = "job.read"
    #: Somebody was given text or layout of it.
    RESULT_READ = "result.read"


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One line of the log. Job, instant and event id identify it: written again, it takes its own place."""

    #: ``{item}#{attempt}#{action}``, ``{job}#{serial}#{action}``, or ``{job}#{minute}#{action}`` for reads.
    event_id: str
    job_id: UUID
    action: AuditAction
    #: The owner for what users do, else :data:`WORKER` or :data:`UPKEEP`.
    actor: str
    at: datetime
    detail: Detail

    def __post_init__(self) -> None:
        """Keep the detail from being changed."""
        object.__setattr__(self, "detail", MappingProxyType(dict(self.detail)))


@dataclass(frozen=True, slots=True)
class Event:
    """An entry that the job has not given an instant yet."""

    action: AuditAction
    actor: str
    detail: Detail
    #: Item and attempt, as they begin the event id; None for an event of the job itself.
    subject: str | None = None


def item_event(before: Item, after: Item) -> Event | None:
    """Return what the log says of an item's step, or None where it says nothing, as of a heartbeat."""
    action, why = _told(before, after)
    if action is None:
        return None
    code = after.last_failure if after.status is ItemStatus.PENDING else after.error_code
    detail: dict[str, str | int] = {"item_id": str(after.id), "position": after.position, "attempt": after.attempts}
    detail |= {"why": why} if why else {}
    detail |= {"code": code.value} if code else {}
    by_time = why == _LAPSED and action is not AuditAction.ITEM_CLAIMED
    return Event(action, UPKEEP if by_time else WORKER, detail, subject=f"{after.id}#{after.attempts}")


_FAULT: Final = "fault"
_LAPSED: Final = "lease-lapsed"
_GIVEN_BACK: Final = "given-back"


def _told(before: Item, after: Item) -> tuple[AuditAction | None, str]:
    """Return the action, and why it came to it where that is no matter of course."""
    if after.attempts > before.attempts:
        return AuditAction.ITEM_CLAIMED, "" if before.status is ItemStatus.PENDING else _LAPSED
    if after.status is before.status:
        return None, ""
    match after.status:
        case ItemStatus.DONE:
            return AuditAction.ITEM_RECOGNISED, ""
        case ItemStatus.ERROR:
            lapsed = after.error_code is ItemErrorCode.TOO_MANY_ATTEMPTS
            return AuditAction.ITEM_FAILED, _LAPSED if lapsed else _FAULT
        case _:
            return AuditAction.ITEM_RELEASED, _why_released(before, after)


def _why_released(before: Item, after: Item) -> str:
    if after.last_failure is not None:
        return _FAULT
    return _GIVEN_BACK if after.attempts_limit > before.attempts_limit else _LAPSED
