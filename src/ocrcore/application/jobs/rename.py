"""Rename: give a job another name."""

from datetime import datetime
from uuid import UUID

from ocrcore.application.context import Context
from ocrcore.application.jobs.change import change_job
from ocrcore.application.jobs.submit import job_name
from ocrcore.domain.job import Job
from ocrcore.ports.jobs import JobTransaction


def rename_job(context: Context, owner: str, job_id: UUID, name: str) -> Job:
    """Return the renamed job. Raises ``InvalidOption`` for a name that no job can have."""
    cleaned = job_name(name)

    def change(transaction: JobTransaction, job: Job, now: datetime) -> Job:
        return transaction.save(job.renamed(cleaned, now))

    return change_job(context, owner, job_id, change)
