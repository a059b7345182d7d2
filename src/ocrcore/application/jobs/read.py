"""Read: a job, a list of jobs, the items of a job, one item."""

from collections.abc import Sequence
from uuid import UUID

from ocrcore.application.context import Context
from ocrcore.application.deadline import apply_deadline
from ocrcore.domain.audit import AuditAction
from ocrcore.domain.errors import ItemNotFound, JobNotFound
from ocrcore.domain.item import Item
from ocrcore.domain.job import Job
from ocrcore.domain.lifecycle import OPEN_ITEMS, ItemStatus
from ocrcore.ports.jobs import JobCursor, JobFilter, JobTransaction, ReviewCursor


def get_job(context: Context, owner: str, job_id: UUID) -> Job:
    """Return the job, its deadline applied. Raises ``JobNotFound``."""
    job = context.jobs.get(job_id, owner)
    if not job.is_overdue(context.clock.now()):
        return job

    def decide(transaction: JobTransaction) -> Job:
        return apply_deadline(transaction, context.clock.now())

    return context.jobs.transact(job_id, decide)


def read_job(context: Context, owner: str, job_id: UUID) -> Job:
    """Return the job and note the read for the audit log. Raises ``JobNotFound``."""
    job = get_job(context, owner, job_id)
    context.reads.note(job, AuditAction.JOB_READ, context.clock.now(), context.reader)
    return job


def list_jobs(context: Context, owner: str, only: JobFilter, after: JobCursor | None, limit: int) -> Sequence[Job]:
    """Return jobs, newest first. A job that has just become overdue is shown as upkeep last left it."""
    return context.jobs.list(owner, only, after, limit)


def list_items(
    context: Context, owner: str, job_id: UUID, status: ItemStatus | None, after: int, limit: int
) -> Sequence[Item]:
    """Return items by position, those above ``after`` (-1: from the first). Raises ``JobNotFound``."""
    job = get_job(context, owner, job_id)
    items = context.jobs.items(job_id, status, after, limit)
    _note(context, job, items)
    return items


def get_item(context: Context, owner: str, item_id: UUID) -> Item:
    """Return the item, its job's deadline applied. Raises ``ItemNotFound``."""
    item = context.jobs.item(item_id, owner)
    try:
        job = get_job(context, owner, item.job_id)
    except JobNotFound as gone:
        raise ItemNotFound from gone
    if item.status in OPEN_ITEMS and not job.is_open:  # the job was finished after the item was read
        item = context.jobs.item(item_id, owner)
    _note(context, job, [item])
    return item


def list_least_sure(
    context: Context, owner: str, after: ReviewCursor | None, limit: int, *, reviewed: bool | None
) -> Sequence[Item]:
    """Return DONE items of all jobs by confidence, lowest first, as ``Jobs.least_sure`` does."""
    items = context.jobs.least_sure(owner, after, limit, reviewed=reviewed)
    for job_id in dict.fromkeys(item.job_id for item in items):
        context.reads.note_page(job_id, owner, AuditAction.RESULT_READ, context.clock.now(), context.reader)
    return items


def _note(context: Context, job: Job, items: Sequence[Item]) -> None:
    """Note a read. Items carry their texts, so to look at one that is done is to read a result."""
    has_text = any(item.status is ItemStatus.DONE for item in items)
    context.reads.note(
        job, AuditAction.RESULT_READ if has_text else AuditAction.JOB_READ, context.clock.now(), context.reader
    )
