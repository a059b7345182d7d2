"""Upkeep's decisions about jobs, one after the other: none keeps the next from its own."""

import logging
from collections.abc import Callable, Iterable
from uuid import UUID

from ocrcore.application.context import Context
from ocrcore.domain.errors import JobNotFound, Unavailable
from ocrcore.ports.jobs import JobTransaction

Decision = Callable[[JobTransaction], object]

_log = logging.getLogger(__name__)


def decide_each(context: Context, decisions: Iterable[tuple[UUID, Decision]]) -> None:
    """Decide about each job under its lock. One that was deleted since is passed over.

    So is one whose rows contradict each other (which ``doctor`` tells, and mends): it is logged, and due again next
    time. Raises ``Unavailable`` at once, for then the next could not be decided either.
    """
    for job_id, decide in decisions:
        try:
            context.jobs.transact(job_id, decide)
        except JobNotFound:
            continue
        except Unavailable:
            raise
        except Exception:  # noqa: BLE001 - a row that nobody foresaw, of one job, is no matter of the others
            _log.exception("a job was passed over; doctor tells what is wrong", extra={"job_id": str(job_id)})
