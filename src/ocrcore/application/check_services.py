"""Check: whether every service behind a port answers."""

from collections.abc import Mapping

from ocrcore.application.context import Context
from ocrcore.domain.errors import Unavailable


def check_services(context: Context) -> Mapping[str, bool]:
    """Return, for database, documents, queue and audit log, whether it answers now."""
    services = {
        "database": context.jobs.check,
        "documents": context.documents.check,
        "queue": context.queue.check,
        "audit": context.audit.check,
    }
    answers = {}
    for name, check in services.items():
        try:
            check()
        except Unavailable:
            answers[name] = False
        else:
            answers[name] = True
    return answers
