"""Expire: the deadline of jobs that nobody looks at."""

from ocrcore.application.context import BATCH, Context
from ocrcore.application.deadline import apply_deadline
from ocrcore.domain.errors import JobNotFound
from ocrcore.ports.jobs import JobTransaction


def expire_once(context: Context) -> int:
    """Apply the deadline to jobs that are overdue; return how many were found."""
    due = context.backlog.overdue(context.clock.now(), BATCH)

    def decide(transaction: JobTransaction) -> None:
        apply_deadline(transaction, context.clock.now())

    for job_id in due:
        try:
            context.jobs.transact(job_id, decide)
        except JobNotFound:
            continue  # deleted since
    return len(due)
