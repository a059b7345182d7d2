"""The catalogue: what can go wrong at which call."""

from enum import StrEnum
from types import MappingProxyType
from typing import Final

from ocrcore.domain.errors import (
    AuditUnavailable,
    DatabaseUnavailable,
    QueueUnavailable,
    StorageUnavailable,
    Unavailable,
)


class Fault(StrEnum):
    """One thing that goes wrong."""

    #: The service does not answer, and nothing happened.
    BEFORE = "before"
    #: It happened, and the answer is lost.
    AFTER = "after"
    #: The call takes up to 40 s.
    DELAY = "delay"
    #: The process is killed before the call.
    CRASH_BEFORE = "crash-before"
    #: The process is killed after the effect.
    CRASH_AFTER = "crash-after"
    #: The whole process stands still, longer than any lease, and goes on.
    PAUSE = "pause"
    #: The port answers this process no more for a while.
    OUTAGE = "outage"
    #: The process is told to stop.
    SIGTERM = "sigterm"
    #: The commit is not answered; it was done.
    COMMIT_DONE = "commit-done"
    #: The commit is not answered; it was not done.
    COMMIT_LOST = "commit-lost"
    #: The store drops the first try and decides again.
    RERUN = "rerun"
    #: Only some entries of a batch take effect.
    PARTIAL = "partial"
    #: There is a message, and none is handed out.
    EMPTY = "empty"
    #: Messages are hidden and counted, and the answer is lost.
    GHOST = "ghost"
    #: A message is there twice.
    DUPLICATE = "duplicate"
    #: A message comes again after it was deleted.
    REDELIVER = "redeliver"
    #: Messages come in another order.
    SHUFFLE = "shuffle"
    #: A message becomes a dead letter.
    DEAD_LETTER = "dead-letter"
    #: A message is lost, as when somebody purges the queue.
    LOST = "lost"
    #: A message that is not ours is among the others.
    GARBAGE = "garbage"
    #: A message of an item that nobody knows is among the others.
    STRANGER = "stranger"
    #: A message names another document.
    TAMPER = "tamper"
    #: The document is not found, this time.
    MISSING = "missing"
    #: The recognition takes all its time and is stopped.
    TIMEOUT = "timeout"
    #: The engine crashes.
    ENGINE_CRASH = "engine-crash"
    #: The page is damaged.
    CORRUPT = "corrupt"
    #: The text is longer than allowed.
    LONG_TEXT = "long-text"
    #: There is no text.
    EMPTY_TEXT = "empty-text"
    #: The recognition is slow, within its time.
    SLOW = "slow"
    #: The thread never comes back.
    HANG = "hang"
    #: The engine raises what it may not.
    BUG = "bug"
    #: The clock of the process is set, by up to 5 s.
    STEP = "step"
    #: The clock of everybody leaps 3 hours.
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

#: Every operation that takes turns, and what can go wrong at it.
APPLICABLE: Final = MappingProxyType(
    {
        "jobs.add": _EFFECT,
        "jobs.transact": (*_ANY, Fault.COMMIT_DONE, Fault.COMMIT_LOST, Fault.RERUN),
        "jobs.get": _ANY,
        "jobs.find": _ANY,
        "jobs.list": _ANY,
        "jobs.items": _ANY,
        "jobs.item": _ANY,
        "jobs.renew": (*_EFFECT,),
        "due_work.overdue": _ANY,
        "due_work.lapsed": _ANY,
        "due_work.forgotten": _ANY,
        "due_work.drafts": _ANY,
        "due_work.tombstones": _ANY,
        "outbox.waiting": _ANY,
        "outbox.remove": _EFFECT,
        "audit.write": (*_EFFECT, Fault.PARTIAL),
        "audit.timeline": _ANY,
        "audit.forget": _EFFECT,
        "audit_outbox.waiting": _ANY,
        "audit_outbox.remove": _EFFECT,
        "tombstones.get": _ANY,
        "tombstones.replace": _EFFECT,
        "rejected.record": _EFFECT,
        "documents.put": _EFFECT,
        "documents.get": (*_ANY, Fault.MISSING),
        "documents.keys": _ANY,
        "documents.delete": (*_EFFECT, Fault.PARTIAL),
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
            Fault.SLOW,
            Fault.HANG,
            Fault.BUG,
        ),
        "clock.now": (Fault.STEP, Fault.LEAP),
    }
)

#: Every pair that a history can be about.
PAIRS: Final = tuple((operation, fault) for operation, faults in APPLICABLE.items() for fault in faults)

#: What a port raises that does not answer.
AWAY: Final[MappingProxyType[str, type[Unavailable]]] = MappingProxyType(
    {
        "documents": StorageUnavailable,
        "queue": QueueUnavailable,
        "dead_letters": QueueUnavailable,
        "audit": AuditUnavailable,
        **dict.fromkeys(
            ("jobs", "due_work", "outbox", "audit_outbox", "tombstones", "rejected"),
            DatabaseUnavailable,
        ),
    }
)
