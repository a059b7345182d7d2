"""Submit once: submit under an idempotency key, so that a client may repeat the request until it gets a response."""

import hashlib
import json
from dataclasses import dataclass
from typing import Final

from ocrcore.application.context import Context
from ocrcore.application.jobs.earlier import find_earlier
from ocrcore.application.jobs.new_job import NewJob
from ocrcore.application.jobs.read import get_job
from ocrcore.application.jobs.submit import submit_job
from ocrcore.domain.errors import JobGone, JobNotFound, StorageUnavailable
from ocrcore.domain.idempotency import IdempotencyKey, IdempotencyKeyTaken
from ocrcore.domain.job import Job

_CHUNK: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Submission:
    """The job of a submission, and whether an earlier submission created it."""

    job: Job
    replayed: bool


def submit_once(context: Context, owner: str, new: NewJob, key: str) -> Submission:
    """Return the job of the first submission with this key, which this call or an earlier one created.

    Of two concurrent calls one creates the job; the other discards its own draft and returns the job. Raises
    ``IdempotencyMismatch`` if the key was used for another body, ``JobGone`` if its job was deleted, and the errors of
    :func:`submit_job`.
    """
    idempotency = IdempotencyKey.chosen(key, body_hash(new))
    found = _find(context, owner, idempotency)
    if found is not None:
        return found
    try:
        return Submission(submit_job(context, owner, new, idempotency), replayed=False)
    except IdempotencyKeyTaken:
        found = _find(context, owner, idempotency)
    if found is None:  # the job was deleted between the two transactions, by release 0.1
        msg = "The first submission with this key has just been deleted; send it again."
        raise StorageUnavailable(msg)
    return found


def _find(context: Context, owner: str, idempotency: IdempotencyKey) -> Submission | None:
    job = find_earlier(context, owner, idempotency)
    if job is None:
        return None
    try:
        return Submission(get_job(context, owner, job.id), replayed=True)
    except JobNotFound as deleted:  # since it was found
        raise JobGone from deleted


def body_hash(new: NewJob) -> str:
    """Return the SHA-256 over name, options and, in order, file names and bytes, which identifies a body."""
    whole = hashlib.sha256(json.dumps([new.name, *new.options.identity()]).encode())
    for upload in new.uploads:
        content = hashlib.sha256()
        upload.content.seek(0)
        while chunk := upload.content.read(_CHUNK):
            content.update(chunk)
        whole.update(hashlib.sha256(upload.filename.encode(errors="surrogatepass")).digest())
        whole.update(content.digest())
    return whole.hexdigest()
