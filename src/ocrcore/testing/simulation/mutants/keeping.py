"""Mutants of keeping: retention, and what a tombstone keeps."""

from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from ocrcore.application.context import Context
from ocrcore.application.upkeep import purge
from ocrcore.domain.audit import RETENTION
from ocrcore.domain.errors import JobNotFound
from ocrcore.domain.job import Job, Tombstone
from ocrcore.ports.jobs import JobTransaction
from ocrcore.testing.simulation.mutants.replacing import replaced


def verdict_before_the_lock() -> AbstractContextManager[None]:
    """Retention deletes whatever was past its time when it was listed."""

    def delete_kept(context: Context, *job_ids: UUID) -> None:
        def decide(transaction: JobTransaction) -> None:
            job, now = transaction.job, context.clock.now()
            transaction.delete(job.deleted(now, RETENTION), job.tombstone(now))

        for job_id in job_ids:
            try:
                context.jobs.transact(job_id, decide)
            except JobNotFound:
                continue

    return replaced(purge, "delete_kept", delete_kept)


def counted_from_the_submission() -> AbstractContextManager[None]:
    """A job is kept for its time after it was submitted, so that a job that waited long is hardly kept at all."""

    def keep_until(job: Job) -> datetime | None:
        if job.submitted_at is None or job.finished_at is None or job.options.keep is None:
            return None
        return job.submitted_at + job.options.keep

    return replaced(Job, "keep_until", property(keep_until))


def never_over() -> AbstractContextManager[None]:
    """Nobody deletes a job that was kept for its time."""
    return replaced(purge, "delete_kept", lambda _context, *_job_ids: None)


def forgotten_key() -> AbstractContextManager[None]:
    """A tombstone does not keep the idempotency key."""
    original = Job.tombstone

    def tombstone(job: Job, now: datetime) -> Tombstone:
        return replace(original(job, now), idempotency=None)

    return replaced(Job, "tombstone", tombstone)
