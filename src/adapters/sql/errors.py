"""Translation of driver errors into port errors, with one table."""

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType
from typing import Final

from ocrcore.domain.errors import CommitUnknown, DatabaseFull, DatabaseUnavailable


class RowConflict(RuntimeError):
    """A write that contradicts the rows: a bug of the program, never an error of the caller."""


class UnusableUrl(ValueError):
    """A URL that leads to no database. The message is the end of a sentence and contains no part of the URL."""


class StaleRow(RowConflict):
    """An item has changed since this transaction read it."""


class Busy(DatabaseUnavailable):
    """Another writer was in the way. Nothing was written, and a retry may succeed."""


class Fault(Enum):
    """The meaning of a driver error, equal for all drivers."""

    #: Another writer was in the way.
    BUSY = "busy"
    #: The database is unreachable, damaged, or accepts no writes.
    DOWN = "down"
    #: There is no room for what would be written.
    FULL = "full"
    #: The row exists already, or a referenced row is missing.
    CONFLICT = "conflict"
    #: The statement is wrong.
    BUG = "bug"


class Stage(Enum):
    """The stage of a transaction."""

    #: Before the commit: nothing was written.
    WORK = "work"
    #: During the commit.
    COMMIT = "commit"


#: The error to raise. In all other cases the driver's error is raised unchanged.
PORT_ERRORS: Final[Mapping[tuple[Fault, Stage], type[Exception]]] = MappingProxyType(
    {
        (Fault.BUSY, Stage.WORK): Busy,
        (Fault.BUSY, Stage.COMMIT): Busy,
        (Fault.DOWN, Stage.WORK): DatabaseUnavailable,
        (Fault.DOWN, Stage.COMMIT): CommitUnknown,
        (Fault.FULL, Stage.WORK): DatabaseFull,
        (Fault.FULL, Stage.COMMIT): DatabaseFull,
        (Fault.CONFLICT, Stage.WORK): RowConflict,
        (Fault.CONFLICT, Stage.COMMIT): RowConflict,
    }
)


#: The message of each, for operators and logs.
_SENTENCES: Final[Mapping[type[Exception], str]] = MappingProxyType(
    {
        Busy: "The database is held up by another writer; try again.",
        DatabaseUnavailable: "The database does not answer, or takes no writes; look at it, and at OCR_DATABASE_URL.",
        DatabaseFull: "The disk of the database is full; make room on it.",
        CommitUnknown: "The database did not say whether it kept a change; see that it runs.",
        RowConflict: "A write does not fit the rows of the database.",
    }
)


def port_error(fault: Fault, stage: Stage, reason: str | None = None) -> Exception | None:
    """Return the port's error, or None if the driver's error should be raised.

    Its message is the reason, if an unavailable database gave one.
    """
    kind = PORT_ERRORS.get((fault, stage))
    if kind is None:
        return None
    return kind(reason if reason and kind is DatabaseUnavailable else _SENTENCES[kind])
