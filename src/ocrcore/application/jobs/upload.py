"""Upload: take a file of a draft through this process, where the store does not take it itself."""

from typing import BinaryIO
from uuid import UUID

from ocrcore.application.context import Context
from ocrcore.application.jobs.change import require_owner
from ocrcore.application.jobs.draft import grants_of
from ocrcore.application.jobs.inspect_uploads import stream_size
from ocrcore.domain.errors import JobNotFound, UploadMismatch, UploadRefused
from ocrcore.domain.job import Job
from ocrcore.ports.jobs import JobTransaction
from ocrcore.ports.uploads import UploadGrant


def upload_file(context: Context, owner: str, job_id: UUID, number: int, content: BinaryIO) -> None:
    """Store a file of the owner's draft, in place of an earlier upload; ``content`` is read from its beginning.

    Raises ``JobNotFound``, ``UploadRefused`` if the job is submitted or has no such file, and ``UploadMismatch`` if the
    size is not the announced one.
    """
    job = _row(context, job_id)
    require_owner(job, owner)
    grants = grants_of(job)
    if job.submitted_at is not None or not 0 <= number < len(grants):
        msg = f"The job takes no upload of a file {number}."
        raise UploadRefused(msg)
    _store(context, grants[number], content)


def check_upload(context: Context, grant: UploadGrant, signature: str) -> str:
    """Return the owner of the draft that an address of this service is for, if it is valid now and the draft there.

    Raises ``UploadRefused``. Does not tell one reason from another to whoever guesses.
    """
    if not context.uploads.admits(grant, signature) or context.clock.now() >= grant.until:
        raise UploadRefused
    return _draft(context, grant).owner


def receive_upload(context: Context, grant: UploadGrant, content: BinaryIO) -> None:
    """Store what was sent to an address that :func:`check_upload` admitted.

    The draft is looked at again, because a slow client may have sent for longer than the draft was there. Raises
    ``UploadRefused``, and ``UploadMismatch`` if the size is not the announced one.
    """
    _draft(context, grant)
    _store(context, grant, content)


def _store(context: Context, grant: UploadGrant, content: BinaryIO) -> None:
    size = stream_size(content)
    if size != grant.size:
        msg = f"The upload has {size} bytes, and {grant.size} were announced."
        raise UploadMismatch(msg).at(grant.number)
    content.seek(0)
    context.uploads.store(grant.key, content)


def _draft(context: Context, grant: UploadGrant) -> Job:
    try:
        job = _row(context, grant.job_id)
    except JobNotFound as gone:
        raise UploadRefused from gone
    if job.submitted_at is not None:
        raise UploadRefused
    return job


def _row(context: Context, job_id: UUID) -> Job:
    def decide(transaction: JobTransaction) -> Job:
        return transaction.job

    return context.jobs.transact(job_id, decide)
