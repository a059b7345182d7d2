"""Submit a draft: its uploads become the documents of a job.

Uploads can change at any time, and several submits of one draft may run at once. So

1. a transaction begins the submit: it counts the draft's ``submit_serial`` up, and writes new names for its documents;
2. each upload is looked at, and inspected, on condition of its version;
3. each upload is copied to its document, on condition of the version that was inspected;
4. one transaction makes the job, as for every submission, if the serial is still that of this submit.

A submit that was overtaken changes nothing. Its copies lie at keys of its own, which no row will ever refer to, and
upkeep deletes them (``purge_uploads``), as it does after a crash. A submit that is refused leaves the draft as it
was: the client may upload again, and submit again.
"""

import logging
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from uuid import UUID

from ocrcore.application.context import Context
from ocrcore.application.jobs.draft import grants_of
from ocrcore.application.jobs.inspect_uploads import inspect_uploads
from ocrcore.application.jobs.new_job import Upload
from ocrcore.application.jobs.quota import adding, counting_refusals
from ocrcore.application.jobs.read import get_job
from ocrcore.application.jobs.submit import become_job, check_options, items_of_file, warnings_of
from ocrcore.domain.errors import (
    CommitUnknown,
    DatabaseUnavailable,
    JobNotFound,
    Refusal,
    Unavailable,
    UploadMismatch,
)
from ocrcore.domain.item import Item
from ocrcore.domain.job import Job
from ocrcore.domain.keys import upload_key
from ocrcore.domain.normalisation import clean_name
from ocrcore.domain.uploads import SubmitSuperseded, Uploads
from ocrcore.ports.jobs import JobTransaction

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Submitted:
    """The job of a draft, and whether an earlier or a concurrent submit made it."""

    job: Job
    replayed: bool


def submit_draft(context: Context, owner: str, job_id: UUID, request_id: str | None = None) -> Submitted:
    """Return the job of a draft, which this call or another one made.

    Raises ``UploadMissing``, ``UploadMismatch``, or any refusal of a submission, with the index of the first bad file;
    then nothing has changed. Raises ``SubmitSuperseded`` if a later submit is under way, which may still be refused.
    After :class:`CommitUnknown` the job may be submitted; after any other ``Unavailable`` it is not, by this call.
    """
    job = get_job(context, owner, job_id)
    if job.submitted_at is None:
        check_options(context, job.options)
        job = _begin(context, job)
    if job.submitted_at is not None or job.uploads is None:
        return Submitted(job, replayed=True)
    copied: list[str] = []
    try:
        with counting_refusals(context):
            ready, items = _copy(context, replace(job, request_id=request_id), job.uploads, copied)
            made = _commit(context, ready, items)
    except Refusal:
        _discard(context, job_id, copied)
        job = get_job(context, owner, job_id)
        if job.submitted_at is None:
            raise
        return Submitted(job, replayed=True)
    if made.replayed:
        _discard(context, job_id, copied)
    return made


def _begin(context: Context, draft: Job) -> Job:
    """Begin a submit of the draft, and return its row."""
    names = tuple(context.ids.new() for _ in grants_of(draft))

    def decide(transaction: JobTransaction) -> Job:
        job = transaction.job
        if job.submitted_at is not None:
            return job
        return transaction.save(job.with_submit(names, context.clock.now()))

    return context.jobs.transact(draft.id, decide)


def _copy(context: Context, draft: Job, uploads: Uploads, copied: list[str]) -> tuple[Job, Sequence[Item]]:
    """Inspect the uploads and copy them; return the draft with warnings, and its items.

    ``copied`` gets the key of each document before it is written.
    """
    versions = _versions(context, draft, uploads)
    with closing(_opened(context, draft, uploads, versions)) as opened:
        inspected = inspect_uploads(context, opened, draft.options, draft.owner)
    filenames = [file.filename for file in uploads.files]
    items: list[Item] = []
    for number, (filename, file) in enumerate(zip(filenames, inspected, strict=True)):
        pages = items_of_file(context, draft, len(items), filename, file, uploads.names[number])
        copied.append(pages[0].s3_key)
        with _named(number, filename):
            context.uploads.copy(upload_key(draft.id, number), versions[number], pages[0].s3_key)
        items += pages
    size = sum(file.size for file in uploads.files)
    return replace(draft, warnings=warnings_of(filenames, inspected), stored_bytes=size), items


def _versions(context: Context, draft: Job, uploads: Uploads) -> Sequence[str]:
    """Return the version of each upload, so that what is missing is found before the first is read."""
    versions: list[str] = []
    for number, file in enumerate(uploads.files):
        with _named(number, file.filename):
            stored = context.uploads.stat(upload_key(draft.id, number))
            if stored.size != file.size:
                msg = f"The upload has {stored.size} bytes, and {file.size} were announced; upload the file again."
                raise UploadMismatch(msg)
            versions.append(stored.version)
    return versions


def _opened(context: Context, draft: Job, uploads: Uploads, versions: Sequence[str]) -> Generator[Upload, None, None]:
    """Yield the uploads, each open until the next one."""
    for number, (file, version) in enumerate(zip(uploads.files, versions, strict=True)):
        with _named(number, file.filename):
            content = context.uploads.open(upload_key(draft.id, number), version)
        with content:
            yield Upload(file.filename, content)


@contextmanager
def _named(number: int, filename: str) -> Iterator[None]:
    """Name the file in a refusal."""
    try:
        yield
    except Refusal as refusal:
        raise refusal.at(number, clean_name(filename)) from refusal


def _commit(context: Context, ready: Job, items: Sequence[Item]) -> Submitted:
    def decide(transaction: JobTransaction) -> Submitted:
        job = transaction.job
        if job.submitted_at is not None:
            return Submitted(job, replayed=True)
        if not _is_latest(job, ready):
            raise SubmitSuperseded
        draft = replace(job, request_id=ready.request_id, warnings=ready.warnings, stored_bytes=ready.stored_bytes)
        return Submitted(become_job(context, transaction, draft, items), replayed=False)

    try:
        with adding(context, ready.owner):
            made = context.jobs.transact(ready.id, decide)
    except CommitUnknown as unknown:
        made = _read_again(context, ready, unknown)
    if not made.replayed:
        context.meter.submitted(len(items))
        _log.info("job submitted", extra={"job_id": str(ready.id), "items": len(items)})
    return made


def _is_latest(row: Job, ready: Job) -> bool:
    """Return whether no other submit has begun since."""
    return row.uploads is not None and ready.uploads is not None and row.uploads.serial == ready.uploads.serial


def _read_again(context: Context, ready: Job, unknown: CommitUnknown) -> Submitted:
    """Return the job if it is submitted after all, by this or another submit; else raise ``unknown``."""
    try:
        job = context.jobs.get(ready.id, ready.owner)
    except (JobNotFound, DatabaseUnavailable):
        raise unknown from None
    if job.submitted_at is None:
        raise unknown
    return Submitted(job, replayed=job.uploads is None or not _is_latest(job, ready))


def _discard(context: Context, job_id: UUID, copied: Sequence[str]) -> None:
    """Delete the copies of a submit that will not be committed; if the store is unavailable, upkeep does it."""
    try:
        context.documents.delete(copied)
    except Unavailable:
        about = {"job_id": str(job_id)}
        _log.warning("copies of uploads are left to upkeep: the store is unavailable", extra=about, exc_info=True)
