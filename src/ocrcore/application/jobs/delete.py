"""Delete a job: rows, texts and documents go; a tombstone stays for as long as a message of it may live."""

import logging
from uuid import UUID

from ocrcore.application.context import Context
from ocrcore.application.jobs.change import require_owner
from ocrcore.application.upkeep.purge import purge
from ocrcore.domain.errors import JobNotFound, Unavailable
from ocrcore.domain.job import Tombstone
from ocrcore.ports.jobs import JobTransaction

_log = logging.getLogger(__name__)


def delete_job(context: Context, owner: str, job_id: UUID) -> None:
    """Delete the job, or do nothing if the owner did so before. Raises ``JobNotFound``.

    The documents go at once if the store answers, else by upkeep.
    """

    def decide(transaction: JobTransaction) -> Tombstone:
        require_owner(transaction.job, owner)
        now = context.clock.now()
        tombstone = Tombstone(job_id, owner, deleted_at=now, purge_at=now)
        transaction.delete(transaction.job.deleted(now), tombstone)
        return tombstone

    try:
        tombstone = context.jobs.transact(job_id, decide)
    except JobNotFound:
        left = context.tombstones.get(job_id)
        if left is None or left.owner != owner:
            raise
        return
    try:
        purge(context, tombstone)
    except Unavailable:
        _log.warning("documents of a deleted job wait for upkeep", extra={"job_id": str(job_id)}, exc_info=True)
