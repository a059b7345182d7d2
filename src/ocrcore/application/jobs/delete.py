"""Delete: remove a job's rows, texts and documents; leave a tombstone that outlives the job's messages."""

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
    """Delete the job; idempotent for its owner. Raises ``JobNotFound``.

    The documents are deleted at once if the store is available, else by upkeep.
    """

    def decide(transaction: JobTransaction) -> Tombstone:
        require_owner(transaction.job, owner)
        now = context.clock.now()
        tombstone = transaction.job.tombstone(now)
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
        about = {"job_id": str(job_id)}
        _log.warning(
            "documents of a deleted job are left to upkeep: a service is unavailable", extra=about, exc_info=True
        )
