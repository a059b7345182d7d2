"""Entries of the audit log: who did what to a job, and when. They contain no text, file names or secrets."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final, TypeVar
from uuid import UUID

from ocrcore.domain.codes import ItemErrorCode
from ocrcore.domain.instants import format_instant
from ocrcore.domain.item import Item
from ocrcore.domain.lifecycle import ItemStatus
from ocrcore.domain.looks import looks_to_text

E = TypeVar("E", bound=StrEnum)

#: The actor of attempts.
WORKER: Final = "worker"
#: The actor of lapsed leases and passed deadlines, whichever process applies them.
UPKEEP: Final = "upkeep"
#: The actor of deletions whose time was set at the submission.
RETENTION: Final = "retention"
#: The shortest time between two events of a job.
EVENT_STEP: Final = timedelta(microseconds=1)

#: Most characters of an event id, all ASCII, and of an actor.
MOST_EVENT_ID, MOST_ACTOR = 120, 255
#: Most characters of an actor that are written out in an event id.
_MOST_WRITTEN_OUT: Final = 32
#: Letters of the hash that stands for a longer name.
_DIGEST: Final = 32

#: The key of a detail with looks at a page, as :func:`ocrcore.domain.looks.looks_to_text` writes them.
TRIES: Final = "tries"
#: The key of a detail with the id of the worker that claimed a page. Entries of older releases have none. The name of
#: its machine is for whoever runs the service, and stands in its reports.
BY: Final = "worker"

Detail = Mapping[str, str | int]


class AuditAction(StrEnum):
    """The action of an entry."""

    #: The job was submitted.
    JOB_CREATED = "job.created"
    #: The job was renamed.
    JOB_RENAMED = "job.renamed"
    #: The job was deleted with everything that belongs to it, except this log.
    JOB_DELETED = "job.deleted"
    #: The user cancelled the open items.
    JOB_CANCELLED = "job.cancelled"
    #: The user queued the ERROR items again.
    JOB_RETRIED = "job.retried"
    #: The deadline ended the open items.
    JOB_EXPIRED = "job.expired"
    #: A worker, whose id is in :data:`BY`, began an attempt.
    ITEM_CLAIMED = "item.claimed"
    #: An attempt returned the text, after the looks in :data:`TRIES`.
    ITEM_RECOGNISED = "item.recognised"
    #: The item became ERROR, neither by a cancellation nor by the deadline.
    ITEM_FAILED = "item.failed"
    #: An attempt ended without a text; another may follow.
    ITEM_RELEASED = "item.released"
    #: The owner corrected the text of a page; no text.
    ITEM_CORRECTED = "item.corrected"
    #: The owner read the job.
    JOB_READ = "job.read"
    #: The owner read text or layout of the job.
    RESULT_READ = "result.read"


def named(kind: type[E], name: str) -> E | str:
    """Return the action of this name; the name itself, if a newer process wrote an entry of an action of its own."""
    try:
        return kind(name)
    except ValueError:
        return name


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One entry of the log, identified by job, instant and event id: a repeated write replaces the entry."""

    #: ``{item}#{attempt}#{action}``, ``{job}#{serial}#{action}``, or that of :func:`read_event_id`; at most
    #: :data:`MOST_EVENT_ID` characters.
    event_id: str
    job_id: UUID
    #: A text if it is an action of a newer release.
    action: AuditAction | str
    #: The owner or a key of it, as ``key:`` and its id, for a user's action, else :data:`WORKER` or :data:`UPKEEP`; at
    #: most :data:`MOST_ACTOR` characters.
    actor: str
    at: datetime
    detail: Detail

    def __post_init__(self) -> None:
        """Make the detail immutable."""
        object.__setattr__(self, "detail", MappingProxyType(dict(self.detail)))


def read_event_id(job_id: UUID, action: AuditAction, minute: datetime, actor: str | None = None) -> str:
    """Return the event id of a read: ``{job}#{minute}#{action}``, with ``#`` and the actor if that is not the owner.

    A long name has ``#`` and its hash in place of it: logs bound the length of ids, and that of a name is the issuer's
    choice who signs access tokens. No name begins with ``#``.
    """
    parts = [str(job_id), format_instant(minute), action.value]
    if actor is not None:
        is_short = len(actor) <= _MOST_WRITTEN_OUT and actor.isascii()
        digest = hashlib.sha256(actor.encode(errors="surrogatepass")).hexdigest()[:_DIGEST]
        parts.append(actor if is_short else f"#{digest}")
    return "#".join(parts)


@dataclass(frozen=True, slots=True)
class Event:
    """An entry before the job assigns its instant and id."""

    action: AuditAction
    actor: str
    detail: Detail
    #: The beginning of the event id, ``{item}#{attempt}``; None for an event of the job itself.
    subject: str | None = None


def item_event(before: Item, after: Item) -> Event | None:
    """Return the event of an item's transition, or None for a transition without one, as a heartbeat."""
    if after.attempts == before.attempts and after.status is before.status:
        return None
    action, why = _action(before, after)
    code = after.last_failure if after.status is ItemStatus.PENDING else after.error_code
    detail: dict[str, str | int] = {"item_id": str(after.id), "position": after.position, "attempt": after.attempts}
    detail |= {"why": why} if why else {}
    detail |= {"code": code.value} if code else {}
    detail |= {BY: str(after.worker)} if after.worker and action is AuditAction.ITEM_CLAIMED else {}
    detail |= {TRIES: looks_to_text(after.looks)} if after.looks else {}
    by_time = why == _LAPSED and action is not AuditAction.ITEM_CLAIMED
    return Event(action, UPKEEP if by_time else WORKER, detail, subject=f"{after.id}#{after.attempts}")


_FAILURE: Final = "fault"
_LAPSED: Final = "lease-lapsed"
_GIVEN_BACK: Final = "given-back"


def _action(before: Item, after: Item) -> tuple[AuditAction, str]:
    """Return the action, and its reason where the action alone does not imply it."""
    if after.attempts > before.attempts:
        return AuditAction.ITEM_CLAIMED, "" if before.status is ItemStatus.PENDING else _LAPSED
    match after.status:
        case ItemStatus.DONE:
            return AuditAction.ITEM_RECOGNISED, ""
        case ItemStatus.ERROR:
            lapsed = after.error_code is ItemErrorCode.TOO_MANY_ATTEMPTS
            return AuditAction.ITEM_FAILED, _LAPSED if lapsed else _FAILURE
        case _:
            return AuditAction.ITEM_RELEASED, _why_released(before, after)


def _why_released(before: Item, after: Item) -> str:
    if after.last_failure is not None:
        return _FAILURE
    return _GIVEN_BACK if after.attempts_limit > before.attempts_limit else _LAPSED
