"""Draft: a job whose client sends the files to addresses, and submits it afterwards.

An idempotency key belongs to the draft, because the draft is what the request makes: the request may be repeated until
its answer arrives, and makes one draft. The submit needs no key, because a draft becomes one job however often it is
submitted.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import astuple, dataclass, replace
from uuid import UUID

from ocrcore.application.context import Context
from ocrcore.application.jobs.change import require_owner
from ocrcore.application.jobs.earlier import find_earlier
from ocrcore.application.jobs.inspect_uploads import check_number, check_size
from ocrcore.application.jobs.quota import adding, check_quota, counting_refusals
from ocrcore.application.jobs.submit import check_options, file_name, job_name
from ocrcore.domain.durations import later
from ocrcore.domain.errors import JobFinished, JobGone, JobNotFound, JobOpen, Refusal, StorageUnavailable
from ocrcore.domain.idempotency import IdempotencyKey, IdempotencyKeyTaken
from ocrcore.domain.job import Job
from ocrcore.domain.normalisation import clean_name
from ocrcore.domain.options import JobOptions
from ocrcore.domain.uploads import AnnouncedFile, Uploads
from ocrcore.ports.jobs import JobTransaction
from ocrcore.ports.uploads import UploadAddress, UploadGrant


@dataclass(frozen=True, slots=True)
class NewDraft:
    """A request for a draft."""

    files: Sequence[AnnouncedFile]
    options: JobOptions
    #: None: the name of the first file.
    name: str | None = None
    #: The id of the request, for the log.
    request_id: str | None = None
    #: The id of the key by which it is made, with which its addresses end; None for none.
    key_id: str | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft, and an address for each of its files."""

    job: Job
    #: Empty if the job is submitted already.
    addresses: Sequence[UploadAddress]
    #: Whether an earlier request with the same idempotency key made it.
    replayed: bool = False


def make_draft(context: Context, owner: str, new: NewDraft, key: str | None = None) -> Draft:
    """Return a new draft, or the one that an earlier request with this idempotency key made, with new addresses.

    Raises a ``Refusal`` before anything is written: the limits of a submission hold for what is announced, each file as
    a page, and a refused file is named by its index. Raises ``IdempotencyMismatch`` if the key was used for something
    else, and ``JobGone`` if what it made was deleted.
    """
    _check(context, new)
    idempotency = None if key is None else IdempotencyKey.chosen(key, _body_hash(new))
    found = _find(context, owner, idempotency, new.key_id)
    if found is not None:
        return found
    size = sum(file.size for file in new.files)
    now = context.clock.now()
    job = Job(
        id=context.ids.new(),
        owner=owner,
        name=job_name(new.name) if new.name else file_name(new.files[0].filename),
        created_at=now,
        s3_bucket=context.documents.bucket,
        options=new.options.kept_at_most(context.policy.keep),
        sqs_retention_deadline=later(now, new.options.expires_in),
        request_id=new.request_id,
        idempotency=idempotency,
        stored_bytes=size,
        uploads=Uploads.announced(tuple(replace(file, filename=file_name(file.filename)) for file in new.files), now),
    )
    try:
        with counting_refusals(context), adding(context, owner):
            check_quota(context, owner, items=len(new.files), size=size)
            context.jobs.add(job)
    except IdempotencyKeyTaken:
        found = _find(context, owner, idempotency, new.key_id)
        if found is None:  # its draft was deleted in between, by release 0.1
            msg = "The first request with this key has just been undone; send it again."
            raise StorageUnavailable(msg) from None
        return found
    return Draft(job, _addresses(context, job, new.key_id))


def renew_addresses(context: Context, owner: str, job_id: UUID, key_id: str | None = None) -> Draft:
    """Return a draft with new addresses, which end with the key; the earlier ones stay valid until they end.

    Raises ``JobNotFound``, and ``JobOpen`` or ``JobFinished`` if the job is submitted.
    """
    job = _renewed(context, owner, job_id)
    if job.submitted_at is not None:
        refusal = JobOpen if job.is_open else JobFinished
        msg = "The job is submitted, and takes no more uploads; send other files as another job."
        raise refusal(msg)
    return Draft(job, _addresses(context, job, key_id))


def _renewed(context: Context, owner: str, job_id: UUID) -> Job:
    def decide(transaction: JobTransaction) -> Job:
        job = transaction.job
        require_owner(job, owner)
        return job if job.submitted_at is not None else transaction.save(job.with_addresses(context.clock.now()))

    return context.jobs.transact(job_id, decide)


def _check(context: Context, new: NewDraft) -> None:
    check_options(context, new.options)
    check_number(context, len(new.files))
    for index, file in enumerate(new.files):
        try:
            if file.size > 0 or not new.options.accept_partial:  # inspection finds it then, as in every submission
                check_size(context, file.size)
        except Refusal as refusal:
            raise refusal.at(index, clean_name(file.filename)) from refusal


def _find(context: Context, owner: str, idempotency: IdempotencyKey | None, key_id: str | None) -> Draft | None:
    job = None if idempotency is None else find_earlier(context, owner, idempotency)
    if job is None:
        return None
    try:
        job = _renewed(context, owner, job.id)
    except JobNotFound as deleted:  # since it was found
        raise JobGone from deleted
    return Draft(job, _addresses(context, job, key_id), replayed=True)


def _addresses(context: Context, job: Job, key_id: str | None) -> Sequence[UploadAddress]:
    return [context.uploads.address(replace(grant, key_id=key_id)) for grant in grants_of(job)]


def grants_of(job: Job) -> Sequence[UploadGrant]:
    """Return the right to upload each file of a draft, until its latest address ends; none for a submitted job."""
    if job.uploads is None:
        return []
    return [
        UploadGrant(job.id, number, file.size, file.content_type, job.uploads.until)
        for number, file in enumerate(job.uploads.files)
    ]


def _body_hash(new: NewDraft) -> str:
    """Return the SHA-256 over name, options and, in order, what is announced: no hash of a submission of files."""
    body = ["uploads", new.name, new.options.identity(), *(astuple(file) for file in new.files)]
    return hashlib.sha256(json.dumps(body).encode()).hexdigest()
