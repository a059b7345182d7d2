"""Purge uploads: delete what drafts leave behind: uploads whose job is submitted, and copies that no job got."""

from typing import Final
from uuid import UUID

from ocrcore.application.context import Context
from ocrcore.domain.errors import JobNotFound
from ocrcore.domain.job import Job
from ocrcore.domain.keys import is_superseded, job_folder, upload_folder
from ocrcore.ports.jobs import JobTransaction

#: Keys of one listing.
_LISTING: Final = 1000


def purge_uploads(context: Context, job_id: UUID) -> None:
    """Purge the uploads of a job or draft."""
    try:
        _purge(context, job_id)
    except JobNotFound:
        return  # deleted, so that its tombstone is purged


def empty(context: Context, folder: str) -> None:
    """Delete what lies under a common prefix, until a listing is empty."""
    while keys := context.documents.keys(folder, _LISTING):
        context.documents.delete(keys)


def _purge(context: Context, job_id: UUID) -> None:
    """Purge one of them.

    The names that count are read after the keys are listed. A submit that begins in between writes to keys that were
    not listed; in the other order its documents would be deleted as those of an earlier submit.
    """
    seen = _row(context, job_id)
    if seen.submitted_at is not None:
        empty(context, upload_folder(job_id))
    keys = _keys(context, job_folder(job_id))
    uploads = _row(context, job_id).uploads
    if uploads is None:
        return  # purged by another process
    context.documents.delete([key for key in keys if is_superseded(key, uploads.names)])

    def decide(transaction: JobTransaction) -> None:
        if transaction.job.uploads == seen.uploads:
            transaction.save(transaction.job.purged(context.clock.now()))

    context.jobs.transact(job_id, decide)


def _row(context: Context, job_id: UUID) -> Job:
    def decide(transaction: JobTransaction) -> Job:
        return transaction.job

    return context.jobs.transact(job_id, decide)


def _keys(context: Context, folder: str) -> list[str]:
    """Return all keys of a job's documents: some per page, and layouts of each attempt."""
    keys: list[str] = []
    while page := context.documents.keys(folder, _LISTING, after=keys[-1] if keys else ""):
        keys += page
    return keys
