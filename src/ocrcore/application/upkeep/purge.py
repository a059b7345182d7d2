"""Purge: delete the documents of deleted jobs and of abandoned drafts, and the jobs' rows in the search index."""

import logging
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from uuid import UUID

from ocrcore.application.context import BATCH, Context
from ocrcore.application.upkeep.each_job import decide_each, delete_each
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
    """Purge every tombstone that is due and does not rest; return their number, or as many as call for another round.

    Release 0.1 deletes and purges jobs, and leaves their pages in the search index. For these alone a tombstone is due
    before its next purge.
    """
    now = context.clock.now()
    resting = context.setbacks.resting(now)
    found = context.due_work.tombstones(now, BATCH + len(resting))
    due = [tombstone for tombstone in found if tombstone.job_id not in resting][:BATCH]
    with_pages: list[UUID] = []

    def act(tombstone: Tombstone) -> None:
        is_over = purge(context, tombstone) if tombstone.purge_at <= now else _unindex(context, tombstone)
        if not is_over:
            with_pages.append(tombstone.job_id)

    delete_each(context, ((tombstone.job_id, partial(act, tombstone)) for tombstone in due))
    return BATCH if with_pages else len(due)


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

    Returns how many were found, of whichever are most. The store of documents comes last, as the others do without it.
    """
    now = context.clock.now()
    resting = context.setbacks.resting(now)
    due = context.due_work.leftovers(now - DRAFT_LIFE, now, BATCH + len(resting))
    drafts, kept = due.drafts[:BATCH], due.kept[:BATCH]
    uploads = [job_id for job_id in due.uploads if job_id not in resting][:BATCH]
    decide_each(context, ((job_id, _deletion(context)) for job_id in drafts))
    delete_kept(context, *kept)
    delete_each(context, ((job_id, partial(purge_uploads, context, job_id)) for job_id in uploads))
    return max(len(drafts), len(uploads), len(kept))


def discard_draft(context: Context, job_id: UUID, *, purges: bool = True) -> None:
    """Delete a draft that will not be submitted, with its documents; unless ``purges``, upkeep deletes those soon.

    If a service is unavailable, upkeep deletes all of it.
    """
    try:
        tombstone = context.jobs.transact(job_id, _deletion(context))
        if tombstone is not None and purges:
            purge(context, tombstone)
    except JobNotFound:
        pass  # deleted by another process
    except Unavailable:
        about = {"job_id": str(job_id)}
        _log.warning("a discarded draft is left to upkeep: a service is unavailable", extra=about, exc_info=True)


def _deletion(context: Context) -> Callable[[JobTransaction], Tombstone | None]:
    """Return the decision to delete a draft, which returns its tombstone; None if it was submitted meanwhile."""

    def decide(transaction: JobTransaction) -> Tombstone | None:
        if transaction.job.submitted_at is not None:
            return None
        now = context.clock.now()
        tombstone = transaction.job.tombstone(now)
        transaction.delete(transaction.job.deleted(now), tombstone)
        return tombstone

    return decide
