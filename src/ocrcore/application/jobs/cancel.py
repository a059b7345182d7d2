"""Cancel: open items of a job become ERROR ``cancelled``; finished items stay."""

from datetime import datetime
from uuid import UUID

from ocrcore.application.context import Context
from ocrcore.application.jobs.change import change_job
from ocrcore.domain.item import Sweep
from ocrcore.domain.job import Job
from ocrcore.domain.lifecycle import JobCommand
from ocrcore.ports.jobs import JobTransaction


def cancel_job(context: Context, owner: str, job_id: UUID) -> Job:
    """Cancel the job and return it. Workers stop its attempts at their next heartbeat. Raises ``JobFinished``."""

    def change(transaction: JobTransaction, job: Job, now: datetime) -> Job:
        job.allow(JobCommand.CANCEL)
        sweep = Sweep.cancel(now)
        return transaction.save(job.swept(sweep, transaction.sweep(sweep)))

    return change_job(context, owner, job_id, change)
