"""Purge: delete the documents of deleted jobs and of abandoned drafts."""

import logging
from typing import Final
from uuid import UUID

from ocrcore.application.context import BATCH, Context
from ocrcore.domain.errors import JobNotFound, Unavailable
from ocrcore.domain.job import Tombstone
from ocrcore.domain.keys import job_folder
from ocrcore.domain.time_limits import DRAFT_LIFE
from ocrcore.ports.jobs import JobTransaction

_LISTING: Final = 1000

_log = logging.getLogger(__name__)


def purge_once(context: Context) -> int:
    """Purge every tombstone that is due; return their number."""
    due = context.due_work.tombstones(context.clock.now(), BATCH)
    for tombstone in due:
        purge(context, tombstone)
    return len(due)


def purge(context: Context, tombstone: Tombstone) -> None:
    """Delete the job's documents until a listing is empty, and record that on the tombstone."""
    while keys := context.documents.keys(job_folder(tombstone.job_id), _LISTING):
        context.documents.delete(keys)
    context.tombstones.replace(tombstone, tombstone.purged(context.clock.now(), context.policy.item_timeout))


def drop_drafts_once(context: Context) -> int:
    """Delete drafts past their lifetime, leaving tombstones as for jobs; return how many were found."""
    due = context.due_work.drafts(context.clock.now() - DRAFT_LIFE, BATCH)
    for job_id in due:
        _delete_draft(context, job_id)
    return len(due)


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
        tombstone = Tombstone(job_id, transaction.job.owner, deleted_at=now, purge_at=now)
        transaction.delete(transaction.job.deleted(now), tombstone)
        return tombstone

    try:
        return context.jobs.transact(job_id, decide)
    except JobNotFound:
        return None  # deleted by another process
