"""The deadline. Every use case that locks a job applies it first, so no job is shown or changed as open after it."""

from datetime import datetime

from ocrcore.domain.item import Sweep
from ocrcore.domain.job import Job
from ocrcore.ports.jobs import JobTransaction


def apply_deadline(transaction: JobTransaction, now: datetime) -> Job:
    """Return the locked job as of ``now``: after the deadline, open items become ERROR ``expired``."""
    job = transaction.job
    if not job.is_overdue(now):
        return job
    sweep = Sweep.expire(now)
    return transaction.save(job.swept(sweep, transaction.sweep(sweep)))
