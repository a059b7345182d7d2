"""Retry: queue every ERROR item of a job again, without a new upload and with a new deadline."""

from datetime import datetime
from uuid import UUID

from ocrcore.application.context import Context
from ocrcore.application.jobs.change import change_job
from ocrcore.domain.item import Sweep
from ocrcore.domain.job import Job
from ocrcore.ports.jobs import JobTransaction


def retry_job(context: Context, owner: str, job_id: UUID, request_id: str | None = None) -> Job:
    """Retry the job and return it. Raises ``JobOpen``, and ``JobFinished`` if every item is DONE."""

    def change(transaction: JobTransaction, job: Job, now: datetime) -> Job:
        # Saved first, so that the outbox rows of the sweep have this request's id.
        retried = transaction.save(job.retried(now, request_id))
        sweep = Sweep.retry(now, context.policy.max_attempts)
        return transaction.save(retried.swept(sweep, transaction.sweep(sweep)))

    return change_job(context, owner, job_id, change)
