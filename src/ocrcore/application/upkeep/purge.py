"""Purge: the documents of deleted jobs and of drafts that were never submitted."""

import logging
from typing import Final
from uuid import UUID

from ocrcore.application.context import BATCH, Context
from ocrcore.domain.errors import JobNotFound, Unavailable
from ocrcore.domain.job import DRAFT_LIFE, Tombstone
from ocrcore.domain.keys import job_folder
from ocrcore.ports.jobs import JobTransaction

_LISTING: Final = 1000

_log = logging.getLogger(__name__)


def purge_once(context: Context) -> int:
    """Look for documents under every tombstone that is due; return how many tombstones that were."""
    due = context.due_work.tombstones(context.clock.now(), BATCH)
    for tombstone in due:
        purge(context, tombstone)
    return len(due)


def purge(context: Context, tombstone: Tombstone) -> None:
    """Delete documents until a listing is empty, and note that on the tombstone."""
    while keys := context.documents.keys(job_folder(tombstone.job_id), _LISTING):
        context.documents.delete(keys)
    context.tombstones.replace(tombstone, tombstone.purged(context.clock.now(), context.policy.item_timeout))


def drop_drafts_once(context: Context) -> int:
    """Delete drafts that outlived their time as if they were jobs; return how many were found."""
    due = context.due_work.drafts(context.clock.now() - DRAFT_LIFE, BATCH)
    for job_id in due:
        _delete_draft(context, job_id)
    return len(due)


def discard_draft(context: Context, job_id: UUID) -> None:
    """Delete a draft that will never be submitted, with its documents; what fails is left to upkeep."""
    try:
        tombstone = _delete_draft(context, job_id)
        if tombstone is not None:
            purge(context, tombstone)
    except Unavailable:
        _log.warning("a discarded draft waits for upkeep", extra={"job_id": str(job_id)}, exc_info=True)


def _delete_draft(context: Context, job_id: UUID) -> Tombstone | None:
    def decide(transaction: JobTransaction) -> Tombstone | None:
        if transaction.job.submitted_at is not None:
            return None
        now = context.clock.now()
        tombstone = Tombstone(job_id, transaction.job.owner, deleted_at=now, purge_at=now)
        transaction.delete(transaction.job.deleted(now), tombstone)
        return tombstone

    try:
        return context.jobs.transact(job_id, decide)
    except JobNotFound:
        return None  # another was first
