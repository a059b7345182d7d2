"""Decisions of upkeep about many jobs: a failure of one does not affect the others."""

import logging
from collections.abc import Callable, Iterable
from uuid import UUID

from ocrcore.application.context import Context
from ocrcore.domain.errors import JobNotFound, Unavailable
from ocrcore.ports.jobs import JobTransaction

Decision = Callable[[JobTransaction], object]

_log = logging.getLogger(__name__)


def decide_each(context: Context, decisions: Iterable[tuple[UUID, Decision]]) -> None:
    """Decide about each job under its lock, skipping jobs that were deleted meanwhile.

    A job whose rows contradict each other is logged and skipped; ``ocrcore doctor`` reports and repairs it, and it is
    due again next time. ``Unavailable`` is raised at once, because the next decision would fail too.
    """
    for job_id, decide in decisions:
        try:
            context.jobs.transact(job_id, decide)
        except JobNotFound:
            continue
        except Unavailable:
            raise
        except Exception:  # noqa: BLE001 - an invalid row of one job must not stop the upkeep of the others
            _log.exception("a job was skipped; run ocrcore doctor", extra={"job_id": str(job_id)})
