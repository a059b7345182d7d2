"""Probes: whether the services behind the ports are available."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

from ocrcore.application.context import Context
from ocrcore.domain.codes import ProblemCode
from ocrcore.domain.errors import Unavailable
from ocrcore.ports.engine import EngineUnavailable

#: Returns None for an available service, or why it is unavailable: it does not answer, or its disk is full.
Probe = Callable[[], ProblemCode | None]

#: The services that are probed, and what an operator calls them.
PARTS: Final[Mapping[str, str]] = {
    "database": "database",
    "documents": "store of the documents",
    "queue": "queue",
    "audit": "audit log",
    "engine": "engine",
}


@dataclass(frozen=True, slots=True)
class Failing:
    """A service that is unavailable."""

    #: A key of :data:`PARTS`.
    part: str
    #: ``storage-full`` for a full disk.
    code: ProblemCode
    #: When it was first found so; it has not been available since.
    since: datetime

    @property
    def sentence(self) -> str:
        """What is wrong with it, for the operator."""
        if self.code is ProblemCode.STORAGE_FULL:
            return f"The disk of the {PARTS[self.part]} is full."
        return f"The {PARTS[self.part]} does not answer."


def failing(states: Mapping[str, ProblemCode | None], before: Sequence[Failing], now: datetime) -> Sequence[Failing]:
    """Return the unavailable ones of these services; those that failed ``before`` keep the instant they began."""
    since = {one.part: one.since for one in before}
    return [Failing(part, code, since.get(part, now)) for part, code in states.items() if code is not None]


def check_services(context: Context) -> Mapping[str, ProblemCode | None]:
    """Return the state of database, documents, queue, audit log and engine, checked one after the other."""
    return {name: check() for name, check in service_checks(context).items()}


def service_checks(context: Context) -> Mapping[str, Probe]:
    """Return a probe for each of database, documents, queue, audit log and engine.

    A probe of a silent service takes until its timeout; callers with a deadline run all probes at once.
    """
    services = {
        "database": context.jobs.check,
        "documents": context.documents.check,
        "queue": context.queue.check,
        "audit": context.audit.check,
        "engine": context.engine.check,
    }
    return {name: partial(_state, check) for name, check in services.items()}


def _state(check: Callable[[], None]) -> ProblemCode | None:
    try:
        check()
    except EngineUnavailable:
        return ProblemCode.STORAGE_FULL
    except Unavailable as error:
        return error.code
    return None
