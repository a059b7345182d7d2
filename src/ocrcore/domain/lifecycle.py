"""THE state machine: every status, event and transition of items and jobs.

An **item** is one page. To read it, a worker *claims* it: the claim begins an *attempt* and sets a *lease*. Until the
lease ends, no other worker can claim the item; heartbeats extend the lease. Each claim increments ``attempts``, and
the number of the attempt is the fencing token: a worker whose attempt is no longer the item's current one cannot
change the item, however late it wakes up. ``attempts`` never decreases. When an attempt ends without a result, the
item waits again, as long as ``attempts`` is below ``attempts_limit``. An attempt that ends through no failure of the
item (its worker stops, for example), and a user's retry, raise the limit instead of lowering ``attempts``.

If the last attempt reported a failure, the item keeps the code of this failure. The code ``too-many-attempts`` means
that the worker of the last attempt vanished. DONE is final; ERROR ends only by a user's retry.

A new item waits. Only that of a file which inspection refused, in a job that accepts such files, is ERROR from the
start, without an attempt (:meth:`ocrcore.domain.item.Item.submitted`).

A **job** has no state of its own: its status is a pure function of its counts, the number of items in each status
(:func:`job_status`). Job and items can never disagree, and time is not an argument. The deadline is an *event*, legal
once ``now >= deadline`` (:func:`is_overdue` is the only place with this comparison); it makes every open item ERROR
``expired``.

The tables below are literal. A missing cell is an illegal transition: it raises a typed error and changes nothing.
Within a cell the first rule whose condition holds applies; if none holds, the transition is refused too.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, StrEnum
from types import MappingProxyType
from typing import Final, assert_never

from ocrcore.domain.codes import ItemErrorCode, ProblemCode
from ocrcore.domain.errors import TransitionRefused


class ItemStatus(StrEnum):
    """The status of an item."""

    #: Waiting for a worker.
    PENDING = "PENDING"
    #: A worker holds a lease on it.
    PROCESSING = "PROCESSING"
    #: Recognised; the text may be empty.
    DONE = "DONE"
    #: Finished without text, for the reason in its error code.
    ERROR = "ERROR"


class JobStatus(StrEnum):
    """The status of a job."""

    #: Every item is PENDING.
    PENDING = "PENDING"
    #: Some item is open, and some item was claimed or is finished.
    PROCESSING = "PROCESSING"
    #: Every item is DONE.
    DONE = "DONE"
    #: Finished; some item is ERROR, but none expired.
    ERROR = "ERROR"
    #: Finished; some item expired.
    EXPIRED = "EXPIRED"


#: Statuses of unfinished items.
OPEN_ITEMS: Final = frozenset({ItemStatus.PENDING, ItemStatus.PROCESSING})
#: Statuses of unfinished jobs.
OPEN_JOBS: Final = frozenset({JobStatus.PENDING, JobStatus.PROCESSING})


class ItemEvent(StrEnum):
    """An event of an item."""

    #: A worker begins an attempt.
    CLAIM = "claim"
    #: The worker extends its lease.
    HEARTBEAT = "heartbeat"
    #: The attempt returned a text.
    RECOGNISED = "recognised"
    #: The attempt failed permanently: the page can never be read.
    FAILED = "failed"
    #: The attempt failed; another one may succeed.
    RELEASED = "released"
    #: The attempt ended through no failure of the item, as when the worker stops.
    GIVEN_BACK = "given back"
    #: Upkeep found a lapsed lease.
    LEASE_LAPSED = "lease lapsed"
    #: The job's deadline passed.
    DEADLINE_PASSED = "deadline passed"
    #: The user cancelled the job.
    CANCELLED = "cancelled"
    #: The user retried the job.
    RETRIED = "retried"


class When(Enum):
    """The condition of a rule, evaluated on :class:`Facts`."""

    ALWAYS = "always"
    LAPSED_ATTEMPTS_LEFT = "lease lapsed, attempts left"
    LAPSED_ATTEMPTS_SPENT = "lease lapsed, attempts spent"
    CURRENT = "attempt is current"
    CURRENT_ATTEMPTS_LEFT = "attempt is current, attempts left"
    CURRENT_ATTEMPTS_SPENT = "attempt is current, attempts spent"
    SAME_ANSWER = "same attempt, same answer"


class Effect(Enum):
    """The effect of a rule besides the new status."""

    #: No change: the same result was committed before.
    NONE = "nothing changes"
    #: One more attempt, and a lease.
    BEGIN = "attempts + 1, new lease"
    #: A later end of the lease.
    EXTEND = "lease extended"
    #: The text is kept, the lease ends.
    KEEP_TEXT = "text kept"
    #: The lease ends; the item waits for another attempt.
    REQUEUE = "waits again"
    #: As REQUEUE, and the attempt does not count.
    REQUEUE_FREE = "waits again, limit + 1"
    #: As REQUEUE, with a new allowance of attempts; the error is cleared.
    RETRY = "waits again, limit = attempts + allowance"
    #: The error code of the event is kept.
    FAIL = "code kept"
    #: The error code is too-many-attempts.
    GIVE_UP = "too-many-attempts"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a cell: if ``when`` holds, the item becomes ``target`` with ``effect``."""

    when: When
    target: ItemStatus
    effect: Effect


_P, _W, _D, _E = ItemStatus.PENDING, ItemStatus.PROCESSING, ItemStatus.DONE, ItemStatus.ERROR

#: Event and status before -> rules; the first match wins.
ITEM_TRANSITIONS: Final[Mapping[tuple[ItemEvent, ItemStatus], tuple[Rule, ...]]] = MappingProxyType(
    {
        (ItemEvent.CLAIM, _P): (Rule(When.ALWAYS, _W, Effect.BEGIN),),
        (ItemEvent.CLAIM, _W): (
            Rule(When.LAPSED_ATTEMPTS_LEFT, _W, Effect.BEGIN),
            Rule(When.LAPSED_ATTEMPTS_SPENT, _E, Effect.GIVE_UP),
        ),
        (ItemEvent.HEARTBEAT, _W): (Rule(When.CURRENT, _W, Effect.EXTEND),),
        (ItemEvent.RECOGNISED, _W): (Rule(When.CURRENT, _D, Effect.KEEP_TEXT),),
        (ItemEvent.RECOGNISED, _D): (Rule(When.SAME_ANSWER, _D, Effect.NONE),),
        (ItemEvent.FAILED, _W): (Rule(When.CURRENT, _E, Effect.FAIL),),
        (ItemEvent.FAILED, _E): (Rule(When.SAME_ANSWER, _E, Effect.NONE),),
        (ItemEvent.RELEASED, _W): (
            Rule(When.CURRENT_ATTEMPTS_LEFT, _P, Effect.REQUEUE),
            Rule(When.CURRENT_ATTEMPTS_SPENT, _E, Effect.FAIL),
        ),
        (ItemEvent.GIVEN_BACK, _W): (Rule(When.CURRENT, _P, Effect.REQUEUE_FREE),),
        (ItemEvent.LEASE_LAPSED, _W): (
            Rule(When.LAPSED_ATTEMPTS_LEFT, _P, Effect.REQUEUE),
            Rule(When.LAPSED_ATTEMPTS_SPENT, _E, Effect.GIVE_UP),
        ),
        (ItemEvent.DEADLINE_PASSED, _P): (Rule(When.ALWAYS, _E, Effect.FAIL),),
        (ItemEvent.DEADLINE_PASSED, _W): (Rule(When.ALWAYS, _E, Effect.FAIL),),
        (ItemEvent.CANCELLED, _P): (Rule(When.ALWAYS, _E, Effect.FAIL),),
        (ItemEvent.CANCELLED, _W): (Rule(When.ALWAYS, _E, Effect.FAIL),),
        (ItemEvent.RETRIED, _E): (Rule(When.ALWAYS, _P, Effect.RETRY),),
    }
)


@dataclass(frozen=True, slots=True)
class Facts:
    """The facts that conditions are evaluated on."""

    #: ``attempts < attempts_limit``.
    attempts_left: bool
    #: ``lease_until <= now``.
    lease_lapsed: bool
    #: The event is of the item's current attempt.
    attempt_is_current: bool
    #: The event repeats the result that the item already has.
    answer_is_same: bool


def _holds(when: When, facts: Facts) -> bool:
    match when:
        case When.ALWAYS:
            return True
        case When.LAPSED_ATTEMPTS_LEFT:
            return facts.lease_lapsed and facts.attempts_left
        case When.LAPSED_ATTEMPTS_SPENT:
            return facts.lease_lapsed and not facts.attempts_left
        case When.CURRENT:
            return facts.attempt_is_current
        case When.CURRENT_ATTEMPTS_LEFT:
            return facts.attempt_is_current and facts.attempts_left
        case When.CURRENT_ATTEMPTS_SPENT:
            return facts.attempt_is_current and not facts.attempts_left
        case When.SAME_ANSWER:
            return facts.attempt_is_current and facts.answer_is_same
        case _ as never:  # pragma: no cover - proved by the type checker
            assert_never(never)


def item_rule(event: ItemEvent, status: ItemStatus, facts: Facts) -> Rule:
    """Return the rule that applies. Raises :class:`TransitionRefused` if there is none."""
    for rule in ITEM_TRANSITIONS.get((event, status), ()):
        if _holds(rule.when, facts):
            return rule
    msg = f"An item that is {status} takes no '{event}' now."
    raise TransitionRefused(msg)


@dataclass(frozen=True, slots=True)
class Counts:
    """The number of a job's items in each status.

    ``expired`` counts the ERROR items with the code ``expired``; the other four add up to ``total``.
    """

    total: int = 0
    pending: int = 0
    processing: int = 0
    done: int = 0
    error: int = 0
    expired: int = 0

    def __post_init__(self) -> None:
        """Refuse numbers that do not add up."""
        parts = (self.pending, self.processing, self.done, self.error)
        if min(*parts, self.expired) < 0 or sum(parts) != self.total or self.expired > self.error:
            msg = f"counts do not add up: {self}"
            raise ValueError(msg)


def job_status(counts: Counts) -> JobStatus:
    """Return the status of a job with these counts."""
    if counts.total == 0 or counts.pending + counts.processing > 0:
        return JobStatus.PENDING if counts.pending == counts.total else JobStatus.PROCESSING
    if counts.expired > 0:
        return JobStatus.EXPIRED
    if counts.error > 0:
        return JobStatus.ERROR
    return JobStatus.DONE


class JobCommand(StrEnum):
    """A user's command on a job."""

    RENAME = "rename"
    DELETE = "delete"
    CANCEL = "cancel"
    RETRY = "retry"


#: Command and status -> None if allowed, else the problem code of the refusal.
JOB_COMMANDS: Final[Mapping[tuple[JobCommand, JobStatus], ProblemCode | None]] = MappingProxyType(
    {
        (JobCommand.RENAME, JobStatus.PENDING): None,
        (JobCommand.RENAME, JobStatus.PROCESSING): None,
        (JobCommand.RENAME, JobStatus.DONE): None,
        (JobCommand.RENAME, JobStatus.ERROR): None,
        (JobCommand.RENAME, JobStatus.EXPIRED): None,
        (JobCommand.DELETE, JobStatus.PENDING): None,
        (JobCommand.DELETE, JobStatus.PROCESSING): None,
        (JobCommand.DELETE, JobStatus.DONE): None,
        (JobCommand.DELETE, JobStatus.ERROR): None,
        (JobCommand.DELETE, JobStatus.EXPIRED): None,
        (JobCommand.CANCEL, JobStatus.PENDING): None,
        (JobCommand.CANCEL, JobStatus.PROCESSING): None,
        (JobCommand.CANCEL, JobStatus.DONE): ProblemCode.JOB_FINISHED,
        (JobCommand.CANCEL, JobStatus.ERROR): ProblemCode.JOB_FINISHED,
        (JobCommand.CANCEL, JobStatus.EXPIRED): ProblemCode.JOB_FINISHED,
        (JobCommand.RETRY, JobStatus.PENDING): ProblemCode.JOB_OPEN,
        (JobCommand.RETRY, JobStatus.PROCESSING): ProblemCode.JOB_OPEN,
        (JobCommand.RETRY, JobStatus.DONE): ProblemCode.JOB_FINISHED,
        (JobCommand.RETRY, JobStatus.ERROR): None,
        (JobCommand.RETRY, JobStatus.EXPIRED): None,
    }
)

#: The commands on a draft that its owner sees, because the client asked for addresses; it is PENDING.
DRAFT_COMMANDS: Final = frozenset({JobCommand.RENAME, JobCommand.DELETE})

#: Failures of one attempt after which another attempt may succeed. All other codes are permanent.
RETRYABLE_FAILURES: Final = frozenset(
    {
        ItemErrorCode.OCR_TIMEOUT,
        ItemErrorCode.OCR_CRASHED,
        ItemErrorCode.SOURCE_MISSING,
        ItemErrorCode.UNSUPPORTED_LANGUAGE,  # another worker may have the language
        ItemErrorCode.INTERNAL_ERROR,
    }
)


def is_overdue(deadline: datetime, now: datetime) -> bool:
    """Return whether ``deadline`` has passed; the exact instant of the deadline is too late."""
    return now >= deadline
