"""The deadline, applied by every use case that looks at one job, so that no answer about it is ever late."""

from datetime import datetime

from ocrcore.domain.item import Sweep
from ocrcore.domain.job import Job
from ocrcore.ports.jobs import JobTransaction


def apply_deadline(transaction: JobTransaction, now: datetime) -> Job:
    """Return the locked job as it stands at ``now``; what is open after its deadline becomes ERROR ``expired``."""
    job = transaction.job
    if not job.is_overdue(now):
        return job
    sweep = Sweep.expire(now)
    return transaction.save(job.swept(sweep, transaction.sweep(sweep)))
