"""From a driver's errors to those of the ports, in one table."""

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType
from typing import Final

from ocrcore.domain.errors import CommitUnknown, DatabaseUnavailable


class RowConflict(RuntimeError):
    """A write that does not fit the rows: a fault of the program, never of the caller."""


class UnusableUrl(ValueError):
    """A URL that no database can be reached by; the text is the end of a sentence, and shows nothing of it."""


class StaleRow(RowConflict):
    """An item is not as this transaction read it."""


class Busy(DatabaseUnavailable):
    """Another writer was in the way; nothing was written, and another try may succeed."""


class Fault(Enum):
    """What an error of a driver means, whatever the driver."""

    #: Another writer was in the way.
    BUSY = "busy"
    #: The database is not there, not whole, or takes nothing.
    DOWN = "down"
    #: A row exists already, or one that is referred to does not.
    CONFLICT = "conflict"
    #: The statement is wrong.
    BUG = "bug"


class Stage(Enum):
    """How far a transaction was."""

    #: Not yet at its commit: nothing was written.
    WORK = "work"
    #: At its commit.
    COMMIT = "commit"


#: What is raised; what is not here is raised as it came.
PORT_ERRORS: Final[Mapping[tuple[Fault, Stage], type[Exception]]] = MappingProxyType(
    {
        (Fault.BUSY, Stage.WORK): Busy,
        (Fault.BUSY, Stage.COMMIT): Busy,
        (Fault.DOWN, Stage.WORK): DatabaseUnavailable,
        (Fault.DOWN, Stage.COMMIT): CommitUnknown,
        (Fault.CONFLICT, Stage.WORK): RowConflict,
        (Fault.CONFLICT, Stage.COMMIT): RowConflict,
    }
)


#: What each of them says to whoever starts a process, or reads its log.
_SENTENCES: Final[Mapping[type[Exception], str]] = MappingProxyType(
    {
        Busy: "The database is held up by another writer; try again.",
        DatabaseUnavailable: "The database does not answer, or takes no writes; look at it, and at OCR_DATABASE_URL.",
        CommitUnknown: "The database did not say whether it kept a change; see that it runs.",
        RowConflict: "A write does not fit the rows of the database.",
    }
)


def port_error(fault: Fault, stage: Stage, reason: str | None = None) -> Exception | None:
    """Return the error that the port promises, or None where the original is to be seen.

    Its sentence is the reason, where a database that is away gave one.
    """
    kind = PORT_ERRORS.get((fault, stage))
    if kind is None:
        return None
    return kind(reason if reason and kind is DatabaseUnavailable else _SENTENCES[kind])
