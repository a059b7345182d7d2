"""Submit: uploaded files become a job.

A job lives in three services: rows in the database, files in the document store, messages in the queue. No transaction
spans the three, so the order of the writes makes every crash harmless (a *transactional outbox*):

1. **Draft**: a job row without ``submitted_at``. Users cannot see it. Its id is the prefix of the document keys.
2. **Documents**: the files are stored under these keys.
3. **Commit**: one transaction turns the draft into a job, inserts the items, and writes an outbox row for each message.
4. **Fast path**: the caller sends the messages of the job's outbox rows (``relay_job``).
5. **Relay**: upkeep sends the messages whose rows the fast path left (``relay_once``).

A crash before the commit leaves a draft and maybe documents, which upkeep deletes after ``DRAFT_LIFE``. A crash after
the commit leaves outbox rows, whose messages the relay sends. A crash between a send and the removal of the row sends
the message twice; claims make the duplicate harmless. If the commit gets no response, it may have happened. Therefore a
failed commit deletes nothing, except the draft of a submission whose idempotency key was taken.
"""

import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import BinaryIO

from ocrcore.application.context import Context
from ocrcore.application.fleet import live_workers
from ocrcore.application.upkeep.purge import discard_draft
from ocrcore.domain.errors import (
    CommitUnknown,
    DatabaseUnavailable,
    DocumentsBusy,
    EmptyFile,
    FileTooLarge,
    InvalidOption,
    JobNotFound,
    NoFiles,
    NoPages,
    Refusal,
    StorageUnavailable,
    TooManyFiles,
    TooManyPages,
    UnsupportedLanguage,
)
from ocrcore.domain.file_warning import FileWarning
from ocrcore.domain.idempotency import IdempotencyKey, IdempotencyKeyTaken
from ocrcore.domain.item import Item
from ocrcore.domain.job import Job
from ocrcore.domain.keys import document_key
from ocrcore.domain.media import KIND_OF
from ocrcore.domain.normalisation import chosen_name, clean_name
from ocrcore.domain.options import JobOptions
from ocrcore.ports.imaging import Header
from ocrcore.ports.jobs import JobTransaction

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Upload:
    """An uploaded file."""

    filename: str
    #: Seekable; read from its beginning.
    content: BinaryIO


@dataclass(frozen=True, slots=True)
class NewJob:
    """A request to submit a job."""

    uploads: Sequence[Upload]
    options: JobOptions
    #: None: the name of the first file.
    name: str | None = None
    #: The id of the request, for the log.
    request_id: str | None = None


def default_options(context: Context) -> JobOptions:
    """Return the options of a job whose client sets none."""
    policy = context.policy
    return JobOptions(languages=policy.languages, expires_in=policy.job_ttl)


def submit_job(context: Context, owner: str, new: NewJob, idempotency: IdempotencyKey | None = None) -> Job:
    """Return the committed job.

    Raises a ``Refusal`` before anything is written; for a bad file it names the index of the first. After
    :class:`CommitUnknown` the job may exist; after any other ``Unavailable`` it does not. Raises
    ``IdempotencyKeyTaken`` if another submission used the key first; the draft is discarded then.
    """
    _check_options(context, new.options)
    headers = _check_uploads(context, new)
    _check_workers(context, headers)
    draft = _draft(context, owner, new, headers)
    context.jobs.add(draft)
    items: list[Item] = []
    for upload, header in zip(new.uploads, headers, strict=True):
        pages = _items(context, draft, len(items), upload, header)
        upload.content.seek(0)
        context.documents.put(pages[0].s3_key, upload.content)
        items += pages
    job = _commit(context, replace(draft, idempotency=idempotency), items)
    context.meter.submitted(len(items))
    _log.info("job submitted", extra={"job_id": str(job.id), "items": len(items)})
    return job


def _check_options(context: Context, options: JobOptions) -> None:
    if options.expires_in > context.policy.job_ttl:
        msg = f"expires_in may be at most {int(context.policy.job_ttl.total_seconds())}s here."
        raise InvalidOption(msg)
    offers = context.engine.offers
    if options.engine not in offers:
        msg = f"The engine {options.engine} is not installed here; there are: {', '.join(offers)}."
        raise InvalidOption(msg)
    installed = offers[options.engine].languages
    if not set(options.languages) <= set(installed):
        msg = f"A language of the request is not installed here; there are: {', '.join(installed)}."
        raise UnsupportedLanguage(msg)


def _check_uploads(context: Context, new: NewJob) -> Sequence[Header]:
    policy, uploads = context.policy, new.uploads
    if not uploads:
        msg = "Send at least one file."
        raise NoFiles(msg)
    if len(uploads) > policy.max_files:
        msg = f"A job takes at most {policy.max_files} files; split the request."
        raise TooManyFiles(msg)
    headers: list[Header] = []
    for index, upload in enumerate(uploads):
        try:
            headers.append(_check_upload(context, upload.content))
            _check_pages(context, headers, new.options)
        except Refusal as refusal:
            raise refusal.at(index, clean_name(upload.filename)) from refusal
    return headers


def _check_pages(context: Context, headers: Sequence[Header], options: JobOptions) -> None:
    """Refuse the last of these files if no page of it is asked for, or too many, alone or with those of the others."""
    counts = [len(_numbers(header, options)) for header in headers]
    policy, pages, total = context.policy, counts[-1], sum(counts)
    if pages == 0:
        msg = f"It has none of the pages {options.pages}: the document has {headers[-1].pages}."
        raise NoPages(msg)
    if pages > policy.max_pages:
        msg = f"There are {pages} pages to be read; a file may have {policy.max_pages}. Split it."
        raise TooManyPages(msg)
    if total > policy.max_items:
        msg = f"With it the job has {total} pages; a job may have {policy.max_items}. Send several jobs."
        raise TooManyPages(msg)


def _numbers(header: Header, options: JobOptions) -> Sequence[int]:
    """Return the numbers of the pages to be read: those asked for of a document, and the picture of any other file."""
    return options.pages.within(header.pages) if _is_document(header) else [1]


def _is_document(header: Header) -> bool:
    """Return whether a file may have several pages, so that release 0.1 does not read it."""
    return header.pages > 1 or not KIND_OF[header.extension].in_first_release


def _check_workers(context: Context, headers: Sequence[Header]) -> None:
    """Refuse documents while a worker of release 0.1 is live, which would end their pages with an error."""
    if any(map(_is_document, headers)) and not all(report.documents for report in live_workers(context)):
        msg = "A worker of an older release is running, which reads no documents; send it when all are upgraded."
        raise DocumentsBusy(msg)


def _check_upload(context: Context, content: BinaryIO) -> Header:
    size = content.seek(0, os.SEEK_END)
    if size == 0:
        msg = "The file is empty."
        raise EmptyFile(msg)
    if size > context.policy.max_file_bytes:
        msg = f"The file is larger than {context.policy.max_file_bytes} bytes."
        raise FileTooLarge(msg)
    content.seek(0)
    return context.imaging.inspect(content)


def _draft(context: Context, owner: str, new: NewJob, headers: Sequence[Header]) -> Job:
    now = context.clock.now()
    return Job(
        id=context.ids.new(),
        owner=owner,
        name=chosen_name(new.name) if new.name else _file_name(new.uploads[0]),
        created_at=now,
        s3_bucket=context.documents.bucket,
        options=new.options,
        sqs_retention_deadline=now + new.options.expires_in,
        request_id=new.request_id,
        warnings=tuple(
            FileWarning(index, _file_name(upload), code)
            for index, (upload, header) in enumerate(zip(new.uploads, headers, strict=True))
            for code in header.warnings
        ),
    )


def _file_name(upload: Upload) -> str:
    return clean_name(upload.filename) or "untitled"


def _items(context: Context, draft: Job, first: int, upload: Upload, header: Header) -> Sequence[Item]:
    """Return the items of a file, one for each page to be read, with the same key and with positions from ``first``."""
    numbers = _numbers(header, draft.options)
    ids = [context.ids.new() for _ in numbers]
    name = ids[0] if header.pages == 1 else context.ids.new()
    return [
        Item(
            id=item_id,
            job_id=draft.id,
            s3_key=document_key(draft.id, name, header.extension),
            created_at=draft.created_at,
            position=first + place,
            filename=_file_name(upload),
            page=number,
            attempts=0,
            attempts_limit=context.policy.max_attempts,
            queued_at=draft.created_at,
        )
        for place, (number, item_id) in enumerate(zip(numbers, ids, strict=True))
    ]


def _commit(context: Context, draft: Job, items: Sequence[Item]) -> Job:
    def decide(transaction: JobTransaction) -> Job:
        now = context.clock.now()
        job = replace(transaction.job, idempotency=draft.idempotency).submitted(now, len(items))
        queued = [replace(item, queued_at=now) for item in items]
        transaction.add(queued)
        job = transaction.save(job)
        transaction.enqueue(queued, now)
        return job

    try:
        return context.jobs.transact(draft.id, decide)
    except IdempotencyKeyTaken:
        discard_draft(context, draft.id)
        raise
    except JobNotFound as error:
        msg = "The upload took longer than a draft is kept; send it again."
        raise StorageUnavailable(msg) from error
    except CommitUnknown as unknown:
        try:
            return context.jobs.get(draft.id, draft.owner)
        except (JobNotFound, DatabaseUnavailable):
            raise unknown from None
