"""The job of an earlier request with the same idempotency key."""

from ocrcore.application.context import Context
from ocrcore.domain.errors import IdempotencyMismatch, JobGone
from ocrcore.domain.idempotency import IdempotencyKey
from ocrcore.domain.job import Job


def find_earlier(context: Context, owner: str, idempotency: IdempotencyKey) -> Job | None:
    """Return the owner's job or draft that an earlier request with this key and body made, or None.

    Raises ``JobGone`` if that job was deleted, for as long as its tombstone is kept, and ``IdempotencyMismatch`` if the
    key was used for another body, whether its job is deleted or not.
    """
    job = context.jobs.find(owner, idempotency.value)
    row = job or context.tombstones.find(owner, idempotency.value)
    if row is None:
        return None
    if row.idempotency != idempotency:
        raise IdempotencyMismatch
    if job is None:
        raise JobGone
    return job
