"""Probes: whether the services behind the ports are available."""

from collections.abc import Callable, Mapping
from functools import partial

from ocrcore.application.context import Context
from ocrcore.domain.errors import Unavailable


def check_services(context: Context) -> Mapping[str, bool]:
    """Return whether database, documents, queue and audit log are available, checked one after the other."""
    return {name: check() for name, check in service_checks(context).items()}


def service_checks(context: Context) -> Mapping[str, Callable[[], bool]]:
    """Return a check for each of database, documents, queue and audit log, which returns whether it is available.

    A check of a silent service takes until its timeout; callers with a deadline run all checks at once.
    """
    services = {
        "database": context.jobs.check,
        "documents": context.documents.check,
        "queue": context.queue.check,
        "audit": context.audit.check,
    }
    return {name: partial(_is_available, check) for name, check in services.items()}


def _is_available(check: Callable[[], None]) -> bool:
    try:
        check()
    except Unavailable:
        return False
    return True
