"""Upload: take a file of a draft through this process, where the store does not take it itself."""

from typing import BinaryIO
from uuid import UUID

from ocrcore.application.access.authenticate import look
from ocrcore.application.context import Context
from ocrcore.application.jobs.change import require_owner
from ocrcore.application.jobs.draft import grants_of
from ocrcore.application.jobs.inspect_uploads import stream_size
from ocrcore.domain.api_key import ApiKey
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
    """Return the owner of the draft that an address of this service is for.

    Raises ``UploadRefused`` unless it is valid now, the draft there, and the key alive by which it was given. Does not
    tell one reason from another to whoever guesses.
    """
    if not context.uploads.admits(grant, signature) or context.clock.now() >= grant.until:
        raise UploadRefused
    return _draft(context, grant).owner


def check_key(context: Context, grant: UploadGrant) -> None:
    """Raise ``UploadRefused`` if the key has ended by which an address was given, as far as was known two seconds ago.

    For an upload that is under way.
    """
    if grant.key_id is not None and not _is_alive(context, look(context, grant.key_id)):
        raise UploadRefused


def receive_upload(context: Context, grant: UploadGrant, content: BinaryIO) -> None:
    """Store what was sent to an address that :func:`check_upload` admitted.

    Draft and key are looked at again, because a slow client may have sent for longer than they were there. Raises
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
    def decide(transaction: JobTransaction) -> Job:
        if grant.key_id is not None and not _is_alive(context, transaction.api_key(grant.key_id)):
            raise UploadRefused
        return transaction.job

    try:
        job = context.jobs.transact(grant.job_id, decide)
    except JobNotFound as gone:
        raise UploadRefused from gone
    if job.submitted_at is not None:
        raise UploadRefused
    return job


def _is_alive(context: Context, key: ApiKey | None) -> bool:
    return key is not None and key.is_alive(context.clock.now())


def _row(context: Context, job_id: UUID) -> Job:
    def decide(transaction: JobTransaction) -> Job:
        return transaction.job

    return context.jobs.transact(job_id, decide)
