"""Check: whether every service behind a port answers."""

from collections.abc import Callable, Mapping
from functools import partial

from ocrcore.application.context import Context
from ocrcore.domain.errors import Unavailable


def check_services(context: Context) -> Mapping[str, bool]:
    """Return, for database, documents, queue and audit log, whether it answers now, asked one after the other."""
    return {name: answers() for name, answers in service_checks(context).items()}


def service_checks(context: Context) -> Mapping[str, Callable[[], bool]]:
    """Return, for database, documents, queue and audit log, what tells whether it answers now.

    Each takes as long as its service lets it wait, so whoever is in a hurry asks all of them at once.
    """
    services = {
        "database": context.jobs.check,
        "documents": context.documents.check,
        "queue": context.queue.check,
        "audit": context.audit.check,
    }
    return {name: partial(_answers, check) for name, check in services.items()}


def _answers(check: Callable[[], None]) -> bool:
    try:
        check()
    except Unavailable:
        return False
    return True
