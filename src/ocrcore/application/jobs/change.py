"""The transaction of a user's command on one job: lock, deadline, decision, commit."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from ocrcore.application.context import Context
from ocrcore.application.deadline import apply_deadline
from ocrcore.domain.errors import JobNotFound, Refusal
from ocrcore.domain.job import Job
from ocrcore.ports.jobs import JobTransaction

T = TypeVar("T")
Change = Callable[[JobTransaction, Job, datetime], T]


def change_job(context: Context, owner: str, job_id: UUID, change: Change[T], *, items: Sequence[UUID] = ()) -> T:
    """Apply ``change`` to the job and return its result; ``items`` are those that it reads.

    ``change`` raises its refusals before it writes; a deadline that was due is committed even then.
    """

    def decide(transaction: JobTransaction) -> T | Refusal:
        require_owner(transaction.job, owner)
        now = context.clock.now()
        job = apply_deadline(transaction, now)
        try:
            return change(transaction, job, now)
        except Refusal as refusal:
            return refusal  # raised here, it would roll the deadline back

    outcome = context.jobs.transact(job_id, decide, items=items)
    if isinstance(outcome, Refusal):
        raise outcome
    return outcome


def require_owner(job: Job, owner: str) -> None:
    """Raise ``JobNotFound`` for another owner's job, and for a draft that nobody is shown."""
    if job.owner != owner or not job.is_shown:
        raise JobNotFound
