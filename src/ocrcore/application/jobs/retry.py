"""Retry: queue every ERROR item of a job again, without a new upload and with a new deadline."""

from datetime import datetime
from uuid import UUID

from ocrcore.application.context import Context
from ocrcore.application.jobs.change import change_job
from ocrcore.application.jobs.quota import adding, counting_refusals, require_quota
from ocrcore.domain.item import Sweep
from ocrcore.domain.job import Job
from ocrcore.ports.jobs import JobTransaction


def retry_job(context: Context, owner: str, job_id: UUID, request_id: str | None = None) -> Job:
    """Retry the job and return it.

    Raises ``JobOpen``, ``JobFinished`` if every item is DONE, and ``QuotaExceeded``.
    """

    def change(transaction: JobTransaction, job: Job, now: datetime) -> Job:
        retried = job.retried(now, request_id)
        require_quota(context, transaction, items=job.counts.error, size=0)
        retried = transaction.save(retried)  # first, so that the outbox rows of the sweep have this request's id
        sweep = Sweep.retry(now, context.policy.max_attempts)
        return transaction.save(retried.swept(sweep, transaction.sweep(sweep)))

    with counting_refusals(context), adding(context, owner):
        return change_job(context, owner, job_id, change)
