"""Decisions and deletions of upkeep for many jobs: a failure of one does not affect the others."""

import logging
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Final
from uuid import UUID

from ocrcore.application.context import Context
from ocrcore.domain.errors import JobNotFound, StorageUnavailable, Unavailable
from ocrcore.ports.jobs import JobTransaction

Decision = Callable[[JobTransaction], object]

#: A store that takes so long to fail does not answer, so it would fail for the next job, too.
_SILENCE: Final = timedelta(seconds=2)
#: Most jobs for which a store that answers fails in one round.
_MOST_FAILURES: Final = 20

_log = logging.getLogger(__name__)


def decide_each(context: Context, decisions: Iterable[tuple[UUID, Decision]]) -> int:
    """Decide about each job under its lock, but for those that were deleted meanwhile; return how many were skipped.

    A job whose rows contradict each other is logged and skipped; ``ocrcore doctor`` reports and repairs it, and it is
    due again next time. ``Unavailable`` is raised at once, because the next decision would fail too.
    """
    skipped = 0
    for job_id, decide in decisions:
        try:
            context.jobs.transact(job_id, decide)
        except JobNotFound:
            continue
        except Unavailable:
            raise
        except Exception:  # noqa: BLE001 - an invalid row of one job must not stop the upkeep of the others
            skipped += 1
            _log.exception("a job was skipped; run ocrcore doctor", extra={"job_id": str(job_id)})
    return skipped


def delete_each(context: Context, deletions: Iterable[tuple[UUID, Callable[[], object]]]) -> None:
    """Delete documents of each job. A job for which that fails is logged, and rests, so that others get their turn.

    Raises ``StorageUnavailable`` after a failure that took long, or after many: the next would fail too. Other kinds of
    ``Unavailable`` are raised at once.
    """
    failures = 0
    for job_id, delete in deletions:
        began = context.clock.now()
        try:
            delete()
        except StorageUnavailable:
            now = context.clock.now()
            context.setbacks.note(job_id, now)
            failures += 1
            if failures == _MOST_FAILURES or now - began >= _SILENCE:
                raise
            _log.warning("documents of a job were not deleted", extra={"job_id": str(job_id)}, exc_info=True)
        except Unavailable:
            raise
        except Exception:  # noqa: BLE001 - an error of one job must not stop the upkeep of the others
            context.setbacks.note(job_id, context.clock.now())
            _log.exception("documents of a job were not deleted", extra={"job_id": str(job_id)})
        else:
            context.setbacks.forget(job_id)
