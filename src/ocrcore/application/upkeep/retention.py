"""Retention: delete finished jobs that were kept for their time."""

import logging
from uuid import UUID

from ocrcore.application.context import Context
from ocrcore.application.upkeep.each_job import decide_each
from ocrcore.domain.audit import RETENTION
from ocrcore.ports.jobs import JobTransaction

_log = logging.getLogger(__name__)


def delete_kept(context: Context, *job_ids: UUID) -> None:
    """Delete each job as its owner would, if it is still past its time: a retry that was committed before wins.

    Each has a transaction of its own, so no lock is held for longer than a deletion takes. The tombstones are due for
    their first purge at once, which is another step of upkeep.
    """

    def decide(transaction: JobTransaction) -> None:
        job, now = transaction.job, context.clock.now()
        if job.is_past_keeping(now):
            transaction.delete(job.deleted(now, RETENTION), job.tombstone(now))
            deleted.append(job.id)
        else:
            transaction.save(job)  # a job that release 0.1 finished is due too early until it is written again

    for job_id in job_ids:
        deleted: list[UUID] = []
        decide_each(context, [(job_id, decide)])
        if deleted:
            context.meter.kept_no_longer()
            _log.info("job deleted by retention", extra={"job_id": str(job_id)})
