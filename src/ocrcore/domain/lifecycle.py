"""THE state machine: every status, event and transition of items and jobs.

An **item** is one page. A worker *claims* it and so holds a *lease*: the right to answer, for a while. Each claim
is a new *attempt*, and the attempt is the fence: a worker whose attempt is no longer the item's current one can
change nothing, however late it wakes. ``attempts`` never goes down. When an attempt ends without an answer the
item waits again, as long as ``attempts`` is below ``attempts_limit``; what is not the item's fault (a worker that
is told to stop, a user's retry) raises the limit instead of lowering the count.

A reported fault keeps its name when it was the last attempt. Only a worker that vanished leaves
``too-many-attempts``. DONE is final; ERROR ends only by a user's retry.

A **job** has no state of its own: its status is a pure function of how many of its items are in which status
(:func:`job_status`), so the two can never disagree, and time is not an argument. The deadline is an *event*, legal
once ``now >= deadline`` (:func:`is_overdue`, the only place that says so), which makes every open item ERROR
``expired``.

The tables below are literal. A cell that is missing is an illegal step: a typed error, and nothing changed. Within
a cell the first rule whose condition holds is taken; when none holds, the step is refused too.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, StrEnum
from types import MappingProxyType
from typing import Final, assert_never

from ocrcore.domain.codes import ItemErrorCode, ProblemCode
from ocrcore.domain.errors import TransitionRefused


class ItemStatus(StrEnum):
    """Where an item stands."""

    #: Waiting for a worker.
    PENDING = "PENDING"
    #: A worker holds a lease on it.
    PROCESSING = "PROCESSING"
    #: Recognised; the text may be empty.
    DONE = "DONE"
    #: Finished without text, for the reason in its error code.
    ERROR = "ERROR"


class JobStatus(StrEnum):
    """Where a job stands."""

    #: No item has been begun.
    PENDING = "PENDING"
    #: Some item is open.
    PROCESSING = "PROCESSING"
    #: Every item is DONE.
    DONE = "DONE"
    #: Finished; some item is ERROR, none of them for want of time.
    ERROR = "ERROR"
    #: Finished; some item ran out of time.
    EXPIRED = "EXPIRED"


#: Items that may still change by themselves.
OPEN_ITEMS: Final = frozenset({ItemStatus.PENDING, ItemStatus.PROCESSING})
#: Jobs that may still change by themselves.
OPEN_JOBS: Final = frozenset({JobStatus.PENDING, JobStatus.PROCESSING})


class ItemEvent(StrEnum):
    """What can happen to an item."""

    #: A worker begins it.
    CLAIM = "claim"
    #: The worker is still at it.
    HEARTBEAT = "heartbeat"
    #: The worker has its text.
    RECOGNISED = "recognised"
    #: The worker found that it can never be read.
    FAILED = "failed"
    #: The attempt failed in a way that another may not.
    RELEASED = "released"
    #: The worker is stopping.
    GIVEN_BACK = "given back"
    #: Upkeep found a lease that nobody renewed.
    LEASE_LAPSED = "lease lapsed"
    #: The job's deadline passed.
    DEADLINE_PASSED = "deadline passed"
    #: The user cancelled the job.
    CANCELLED = "cancelled"
    #: The user wants another go.
    RETRIED = "retried"


class When(Enum):
    """The condition of a rule, judged on :class:`Facts`."""

    ALWAYS = "always"
    LAPSED_ATTEMPTS_LEFT = "lease lapsed, attempts left"
    LAPSED_ATTEMPTS_SPENT = "lease lapsed, attempts spent"
    CURRENT = "attempt is current"
    CURRENT_ATTEMPTS_LEFT = "attempt is current, attempts left"
    CURRENT_ATTEMPTS_SPENT = "attempt is current, attempts spent"
    SAME_ANSWER = "same attempt, same answer"


class Effect(Enum):
    """What a rule does besides setting the status."""

    #: Nothing: the answer was heard before.
    NONE = "nothing changes"
    #: One more attempt, and a lease.
    BEGIN = "attempts + 1, new lease"
    #: The lease lives longer.
    EXTEND = "lease extended"
    #: The text is kept, the lease ends.
    KEEP_TEXT = "text kept"
    #: The lease ends; the item waits for another attempt.
    REQUEUE = "waits again"
    #: As REQUEUE, and the attempt does not count.
    REQUEUE_FREE = "waits again, limit + 1"
    #: As REQUEUE with a fresh allowance of attempts; the error is forgotten.
    RETRY = "waits again, limit = attempts + allowance"
    #: The error code of the event is kept.
    FAIL = "code kept"
    #: The error code is too-many-attempts, whatever the event.
    GIVE_UP = "too-many-attempts"


@dataclass(frozen=True, slots=True)
class Rule:
    """One way out of a cell: if ``when`` holds, the item becomes ``target`` with ``effect``."""

    when: When
    target: ItemStatus
    effect: Effect


_P, _W, _D, _E = ItemStatus.PENDING, ItemStatus.PROCESSING, ItemStatus.DONE, ItemStatus.ERROR

#: Event and status before -> what may happen, first match wins.
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
    """What the conditions are judged on."""

    #: ``attempts < attempts_limit``.
    attempts_left: bool
    #: The lease's end is not after now.
    lease_lapsed: bool
    #: The event speaks of the item's current attempt.
    attempt_is_current: bool
    #: The event says what the item already records.
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
    """Return the rule that applies. Raises :class:`TransitionRefused` where the table has none."""
    for rule in ITEM_TRANSITIONS.get((event, status), ()):
        if _holds(rule.when, facts):
            return rule
    msg = f"An item that is {status} takes no '{event}' now."
    raise TransitionRefused(msg)


@dataclass(frozen=True, slots=True)
class Counts:
    """How many items of a job are in which status.

    ``expired`` counts the ERROR items whose code is ``expired``; the other four add up to ``total``.
    """

    total: int = 0
    pending: int = 0
    processing: int = 0
    done: int = 0
    error: int = 0
    expired: int = 0

    def __post_init__(self) -> None:
        """Refuse numbers that no job can have."""
        parts = (self.pending, self.processing, self.done, self.error)
        if min(*parts, self.expired) < 0 or sum(parts) != self.total or self.expired > self.error:
            msg = f"counts do not add up: {self}"
            raise ValueError(msg)


def job_status(counts: Counts) -> JobStatus:
    """Return the status of a job whose items stand so."""
    if counts.total == 0 or counts.pending + counts.processing > 0:
        return JobStatus.PENDING if counts.pending == counts.total else JobStatus.PROCESSING
    if counts.expired > 0:
        return JobStatus.EXPIRED
    if counts.error > 0:
        return JobStatus.ERROR
    return JobStatus.DONE


class JobCommand(StrEnum):
    """What a user may ask of a job."""

    RENAME = "rename"
    DELETE = "delete"
    CANCEL = "cancel"
    RETRY = "retry"


#: Command and status -> None where it is allowed, else the problem it is refused with.
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

#: Faults of one attempt, after which another may succeed. Every other code is for good.
RETRYABLE_FAILURES: Final = frozenset(
    {
        ItemErrorCode.OCR_TIMEOUT,
        ItemErrorCode.OCR_CRASHED,
        ItemErrorCode.SOURCE_MISSING,
        ItemErrorCode.UNSUPPORTED_LANGUAGE,  # another worker may have it
        ItemErrorCode.INTERNAL_ERROR,
    }
)

_FIRST_RETRY_DELAY: Final = timedelta(seconds=10)
_LONGEST_RETRY_DELAY: Final = timedelta(minutes=5)


def retry_delay(attempt: int) -> timedelta:
    """Return how long an item waits after its ``attempt``-th attempt failed: 10 s, doubling, at most 5 min."""
    return min(_FIRST_RETRY_DELAY * (1 << min(attempt - 1, 10)), _LONGEST_RETRY_DELAY)


def is_overdue(deadline: datetime, now: datetime) -> bool:
    """Tell whether ``deadline`` has passed: the instant itself is too late."""
    return now >= deadline
