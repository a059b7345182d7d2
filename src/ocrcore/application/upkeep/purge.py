"""Purge: delete the documents of deleted jobs and of abandoned drafts, and the jobs' rows in the search index."""

import logging
from dataclasses import replace
from uuid import UUID

from ocrcore.application.context import BATCH, Context
from ocrcore.application.upkeep.purge_uploads import empty, purge_uploads
from ocrcore.application.upkeep.retention import delete_kept
from ocrcore.application.upkeep.search_index import remove_pages
from ocrcore.domain.errors import JobNotFound, Unavailable
from ocrcore.domain.job import Tombstone
from ocrcore.domain.keys import job_folder, upload_folder
from ocrcore.domain.time_limits import DRAFT_LIFE
from ocrcore.ports.jobs import JobTransaction

_log = logging.getLogger(__name__)


def purge_once(context: Context) -> int:
    """Purge every tombstone that is due; return their number, or as many as call for another round.

    Release 0.1 deletes and purges jobs, and leaves their pages in the search index. For these alone a tombstone is due
    before its next purge.
    """
    now = context.clock.now()
    due = context.due_work.tombstones(now, BATCH)
    is_over = [
        purge(context, tombstone) if tombstone.purge_at <= now else _unindex(context, tombstone) for tombstone in due
    ]
    return len(due) if all(is_over) else BATCH


def purge(context: Context, tombstone: Tombstone) -> bool:
    """Delete the job's pages from the search index, and its uploads and documents until listings are empty.

    Record that on the tombstone and return True; return False if pages are left, so that another purge is due at once.
    The uploads go before the documents, because a submit that is still running may copy them to documents.
    """
    is_unindexed = remove_pages(context, tombstone)
    for folder in (upload_folder(tombstone.job_id), job_folder(tombstone.job_id)):
        empty(context, folder)
    if is_unindexed:
        context.tombstones.replace(tombstone, tombstone.purged(context.clock.now(), context.policy.item_timeout))
    return is_unindexed


def _unindex(context: Context, tombstone: Tombstone) -> bool:
    if not remove_pages(context, tombstone):
        return False
    context.tombstones.replace(tombstone, replace(tombstone, is_unindexed=True))
    return True


def drop_leftovers_once(context: Context) -> int:
    """Delete drafts past their lifetime, leaving tombstones as for jobs, and jobs past theirs; purge uploads.

    Returns how many were found, of whichever are most.
    """
    now = context.clock.now()
    due = context.due_work.leftovers(now - DRAFT_LIFE, now, BATCH)
    for job_id in due.drafts:
        _delete_draft(context, job_id)
    for job_id in due.uploads:
        purge_uploads(context, job_id)
    delete_kept(context, *due.kept)
    return max(len(due.drafts), len(due.uploads), len(due.kept))


def discard_draft(context: Context, job_id: UUID) -> None:
    """Delete a draft that will not be submitted, with its documents; if a service is unavailable, upkeep does it."""
    try:
        tombstone = _delete_draft(context, job_id)
        if tombstone is not None:
            purge(context, tombstone)
    except Unavailable:
        about = {"job_id": str(job_id)}
        _log.warning("a discarded draft is left to upkeep: a service is unavailable", extra=about, exc_info=True)


def _delete_draft(context: Context, job_id: UUID) -> Tombstone | None:
    def decide(transaction: JobTransaction) -> Tombstone | None:
        if transaction.job.submitted_at is not None:
            return None
        now = context.clock.now()
        tombstone = transaction.job.tombstone(now)
        transaction.delete(transaction.job.deleted(now), tombstone)
        return tombstone

    try:
        return context.jobs.transact(job_id, decide)
    except JobNotFound:
        return None  # deleted by another process
