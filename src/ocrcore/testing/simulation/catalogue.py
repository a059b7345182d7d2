"""The catalogue of faults, and the operations that each can hit."""

from collections.abc import Callable
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from ocrcore.domain.errors import (
    AuditUnavailable,
    DatabaseUnavailable,
    ForbiddenTarget,
    OcrError,
    QueueUnavailable,
    StorageUnavailable,
)
from ocrcore.domain.webhook import DeliveryError
from ocrcore.ports.receivers import NoAnswer


class Fault(StrEnum):
    """An injected fault."""

    #: The call fails as unavailable, without effect.
    BEFORE = "before"
    #: The call takes effect, and its response is lost.
    AFTER = "after"
    #: The call takes up to 40 s.
    DELAY = "delay"
    #: The process is killed before the call.
    CRASH_BEFORE = "crash-before"
    #: The process is killed after the effect.
    CRASH_AFTER = "crash-after"
    #: The whole process is suspended for longer than a lease.
    PAUSE = "pause"
    #: The port is unavailable to this process for a while.
    OUTAGE = "outage"
    #: The process receives SIGTERM.
    SIGTERM = "sigterm"
    #: The commit gets no response, and it happened.
    COMMIT_DONE = "commit-done"
    #: The commit gets no response, and it did not happen.
    COMMIT_LOST = "commit-lost"
    #: The store rolls the first try back and calls the decision again.
    RERUN = "rerun"
    #: Only some entries of a batch take effect.
    PARTIAL = "partial"
    #: A receive returns nothing although messages are visible.
    EMPTY = "empty"
    #: A receive takes effect, and its response is lost.
    GHOST = "ghost"
    #: A message is sent twice.
    DUPLICATE = "duplicate"
    #: A message is delivered again after its deletion.
    REDELIVER = "redeliver"
    #: Messages are delivered in another order.
    SHUFFLE = "shuffle"
    #: A message becomes a dead letter.
    DEAD_LETTER = "dead-letter"
    #: A message is lost, as by a purge of the queue.
    LOST = "lost"
    #: A message that is not a task is delivered.
    GARBAGE = "garbage"
    #: A message of an unknown item is delivered.
    STRANGER = "stranger"
    #: A message refers to another document.
    TAMPER = "tamper"
    #: The document is not found by this call.
    MISSING = "missing"
    #: The recognition reaches its timeout.
    TIMEOUT = "timeout"
    #: The engine crashes.
    ENGINE_CRASH = "engine-crash"
    #: The page is damaged.
    CORRUPT = "corrupt"
    #: The text is longer than allowed.
    LONG_TEXT = "long-text"
    #: The text is empty.
    EMPTY_TEXT = "empty-text"
    #: The engine's output is cut: the text is empty, and the lines are there.
    CUT_TEXT = "cut-text"
    #: The machine has no room for the engine's files.
    NO_ROOM = "no-room"
    #: The recognition is slow, but within its timeout; the answer of a receiver is later than its lease.
    SLOW = "slow"
    #: The call never returns.
    HANG = "hang"
    #: The port raises an error outside its contract.
    BUG = "bug"
    #: The receiver of a webhook answers 500.
    REFUSED = "refused"
    #: The receiver of a webhook answers 410.
    GONE = "gone"
    #: The clock of the process is set to another skew, up to 5 s.
    STEP = "step"
    #: All clocks jump 3 hours ahead.
    LEAP = "leap"


_ANY: Final = (
    Fault.BEFORE,
    Fault.DELAY,
    Fault.CRASH_BEFORE,
    Fault.CRASH_AFTER,
    Fault.PAUSE,
    Fault.OUTAGE,
    Fault.SIGTERM,
)
_EFFECT: Final = (*_ANY, Fault.AFTER)

#: Operation -> the faults that can hit it. Calls of these operations, except ``clock.now``, let other actors run.
APPLICABLE: Final = MappingProxyType(
    {
        "jobs.add": _EFFECT,
        "jobs.transact": (*_ANY, Fault.COMMIT_DONE, Fault.COMMIT_LOST, Fault.RERUN),
        "jobs.get": _ANY,
        "jobs.find": _ANY,
        "jobs.list": _ANY,
        "jobs.items": _ANY,
        "jobs.item": _ANY,
        "jobs.corrections": _ANY,
        "jobs.least_sure": _ANY,
        "jobs.waiting_owners": _ANY,
        "jobs.renew": (*_EFFECT,),
        "changes.since": _ANY,
        "changes.jobs": _ANY,
        "changes.items": _ANY,
        "due_work.overdue": _ANY,
        "due_work.lapsed": _ANY,
        "due_work.forgotten": _ANY,
        "due_work.leftovers": _ANY,
        "due_work.tombstones": _ANY,
        "due_work.unindexed": _ANY,
        "search.find": _ANY,
        "search.remove": _EFFECT,
        "outbox.waiting": _ANY,
        "outbox.remove": _EFFECT,
        "audit.write": (*_EFFECT, Fault.PARTIAL),
        "audit.timeline": _ANY,
        "audit.forget": _EFFECT,
        "audit_outbox.waiting": _ANY,
        "audit_outbox.remove": _EFFECT,
        "tombstones.get": _ANY,
        "tombstones.find": _ANY,
        "tombstones.replace": _EFFECT,
        "api_keys.get": _ANY,
        "api_keys.list": _ANY,
        "api_keys.change": (*_ANY, Fault.COMMIT_DONE, Fault.COMMIT_LOST, Fault.RERUN),
        "api_keys.touch": _EFFECT,
        "api_keys.unlogged": _ANY,
        "api_keys.mark_logged": _EFFECT,
        "history_log.write": (*_EFFECT, Fault.PARTIAL),
        "rejected.record": _EFFECT,
        "documents.put": _EFFECT,
        "documents.open": (*_ANY, Fault.MISSING),
        "documents.keys": _ANY,
        "documents.delete": (*_EFFECT, Fault.PARTIAL),
        "uploads.stat": _ANY,
        "uploads.open": _ANY,
        "uploads.copy": _EFFECT,
        "queue.send": (*_EFFECT, Fault.PARTIAL, Fault.DUPLICATE),
        "queue.receive": (
            *_ANY,
            Fault.EMPTY,
            Fault.GHOST,
            Fault.DUPLICATE,
            Fault.SHUFFLE,
            Fault.DEAD_LETTER,
            Fault.LOST,
            Fault.GARBAGE,
            Fault.STRANGER,
            Fault.TAMPER,
        ),
        "queue.change_visibility": (*_EFFECT, Fault.PARTIAL),
        "queue.delete": (*_EFFECT, Fault.PARTIAL, Fault.REDELIVER),
        "dead_letters.receive": (*_ANY, Fault.EMPTY, Fault.GHOST, Fault.GARBAGE),
        "dead_letters.delete": (*_EFFECT, Fault.PARTIAL, Fault.REDELIVER),
        "engine.recognise": (
            Fault.CRASH_BEFORE,
            Fault.CRASH_AFTER,
            Fault.PAUSE,
            Fault.SIGTERM,
            Fault.TIMEOUT,
            Fault.ENGINE_CRASH,
            Fault.CORRUPT,
            Fault.LONG_TEXT,
            Fault.EMPTY_TEXT,
            Fault.CUT_TEXT,
            Fault.NO_ROOM,
            Fault.SLOW,
            Fault.HANG,
            Fault.BUG,
        ),
        "engine.recognise_again": (
            Fault.CRASH_BEFORE,
            Fault.CRASH_AFTER,
            Fault.PAUSE,
            Fault.SIGTERM,
            Fault.TIMEOUT,
            Fault.ENGINE_CRASH,
            Fault.CUT_TEXT,
            Fault.NO_ROOM,
            Fault.SLOW,
            Fault.HANG,
            Fault.BUG,
        ),
        "webhooks.get": _ANY,
        "webhooks.list": _ANY,
        "webhooks.change": (*_ANY, Fault.COMMIT_DONE, Fault.COMMIT_LOST, Fault.RERUN),
        "deliveries.due": _ANY,
        "deliveries.lease": _EFFECT,
        "deliveries.record": _EFFECT,
        "deliveries.add": _EFFECT,
        "deliveries.renew": _EFFECT,
        "deliveries.list": _ANY,
        "deliveries.drop": _EFFECT,
        "deliveries.forget": _EFFECT,
        "receivers.check": _ANY,
        "receivers.post": (*_EFFECT, Fault.REFUSED, Fault.GONE, Fault.SLOW, Fault.BUG),
        "sessions.secret": _EFFECT,
        "workers.reports": _ANY,
        "workers.volume": _ANY,
        "rate_windows.take": _EFFECT,
        "jobs.usage": _ANY,
        "clock.now": (Fault.STEP, Fault.LEAP),
    }
)

#: Operations that no history is about: their faults come beside others, in the histories that call them.
_BESIDE: Final = frozenset({"rate_windows.take", "jobs.usage"})
#: All pairs of operation and fault that histories are about.
PAIRS: Final = tuple(
    (operation, fault) for operation, faults in APPLICABLE.items() if operation not in _BESIDE for fault in faults
)

#: Port, or operation where it has an error of its own -> the error that is raised while the port is unavailable.
AWAY: Final[MappingProxyType[str, Callable[[str], OcrError]]] = MappingProxyType(
    {
        "receivers": lambda _: NoAnswer(DeliveryError.UNREACHABLE),
        "receivers.check": ForbiddenTarget,
        "documents": StorageUnavailable,
        "uploads": StorageUnavailable,
        "queue": QueueUnavailable,
        "dead_letters": QueueUnavailable,
        "audit": AuditUnavailable,
        "history_log": AuditUnavailable,
        **dict.fromkeys(
            (
                *("api_keys", "changes", "jobs", "due_work", "search", "outbox", "audit_outbox", "tombstones"),
                *("rejected", "webhooks", "deliveries", "sessions", "workers", "rate_windows"),
            ),
            DatabaseUnavailable,
        ),
    }
)
