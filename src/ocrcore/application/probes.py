"""Probes: whether the services behind the ports are available."""

from collections.abc import Callable, Mapping
from functools import partial

from ocrcore.application.context import Context
from ocrcore.domain.codes import ProblemCode
from ocrcore.domain.errors import Unavailable
from ocrcore.ports.engine import EngineUnavailable

#: Returns None for an available service, or why it is unavailable: it does not answer, or its disk is full.
Probe = Callable[[], ProblemCode | None]


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
