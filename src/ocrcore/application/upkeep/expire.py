"""Expire: apply the deadline to overdue jobs that no request reads."""

from ocrcore.application.context import BATCH, Context
from ocrcore.application.deadline import apply_deadline
from ocrcore.application.upkeep.each_job import decide_each
from ocrcore.ports.jobs import JobTransaction


def expire_once(context: Context) -> int:
    """Apply the deadline to jobs that are overdue; return how many were found."""
    due = context.due_work.overdue(context.clock.now(), BATCH)

    def decide(transaction: JobTransaction) -> None:
        apply_deadline(transaction, context.clock.now())

    decide_each(context, ((job_id, decide) for job_id in due))
    return len(due)
