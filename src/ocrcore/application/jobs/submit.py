"""Submit: uploaded files become a job.

A job lives in three services: rows in the database, files in the document store, messages in the queue. No transaction
spans the three, so the order of the writes makes every crash harmless (a *transactional outbox*):

1. **Draft**: a job row without ``submitted_at``. Users cannot see it. Its id is the prefix of the document keys.
2. **Documents**: the files are stored under these keys.
3. **Commit**: one transaction turns the draft into a job, inserts the items, and writes an outbox row for each message.
4. **Fast path**: the caller sends the messages of the job's outbox rows (``relay_job``).
5. **Relay**: upkeep sends the messages whose rows the fast path left (``relay_once``).

A failure before the commit, or of it, discards the draft with its documents. A store that fails is not asked to delete
them, which would be waited for a second time: upkeep deletes them in its next round. A crash before the commit, or a
database that fails, leaves both, and upkeep deletes them after ``DRAFT_LIFE``. None of them counts for a quota, so a
client may try as often as it likes. A crash after the commit leaves outbox rows, whose messages the relay sends. A
crash between a send and the removal of the row sends the message twice; claims make the duplicate harmless. A commit
that gets no response may have happened, so nothing is deleted then.
"""

import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from uuid import UUID

from ocrcore.application.context import Context
from ocrcore.application.jobs.inspect_uploads import InspectedFile, check_number, inspect_uploads
from ocrcore.application.jobs.new_job import NewJob
from ocrcore.application.jobs.quota import adding, check_quota, counting_refusals, require_quota
from ocrcore.application.upkeep.purge import discard_draft
from ocrcore.domain.api_key import require_no_key, without_keys
from ocrcore.domain.durations import later
from ocrcore.domain.errors import (
    CommitUnknown,
    DatabaseUnavailable,
    InvalidOption,
    JobNotFound,
    StorageFull,
    StorageUnavailable,
    Unauthenticated,
)
from ocrcore.domain.file_warning import FileWarning
from ocrcore.domain.idempotency import IdempotencyKey
from ocrcore.domain.item import Item
from ocrcore.domain.job import Job
from ocrcore.domain.keys import document_key
from ocrcore.domain.lifecycle import ItemStatus
from ocrcore.domain.normalisation import chosen_name, clean_name
from ocrcore.domain.options import JobOptions
from ocrcore.ports.jobs import JobTransaction

_log = logging.getLogger(__name__)


def default_options(context: Context) -> JobOptions:
    """Return the options of a job whose client sets none."""
    policy = context.policy
    return JobOptions(languages=policy.languages, expires_in=policy.job_ttl, quality=policy.quality)


def submit_job(context: Context, owner: str, new: NewJob, idempotency: IdempotencyKey | None = None) -> Job:
    """Return the committed job.

    Raises a ``Refusal`` before anything is written; for a bad file it names the index of the first. With the option
    ``accept_partial`` a bad file becomes an ERROR item instead, if another file is good. After
    :class:`CommitUnknown` the job may exist; after any other ``Unavailable`` it does not, and upkeep deletes its
    documents. Raises ``IdempotencyKeyTaken`` if another submission used the key first, and ``QuotaExceeded`` if others
    of the owner were faster.
    """
    check_options(context, new.options)
    check_number(context, len(new.uploads))
    files = inspect_uploads(context, new.uploads, new.options, owner)
    size = sum(file.size for file in files)
    with counting_refusals(context):
        check_quota(context, owner, items=count_queued(files), size=size)
        return _submit(context, replace(_draft(context, owner, new, files), stored_bytes=size), new, files, idempotency)


def count_queued(files: Sequence[InspectedFile]) -> int:
    """Return how many pages are to be read."""
    return sum(len(file.numbers) for file in files if file.refusal is None)


def _submit(
    context: Context, draft: Job, new: NewJob, files: Sequence[InspectedFile], idempotency: IdempotencyKey | None
) -> Job:
    context.jobs.add(replace(draft, stored_bytes=None))  # what may never become a job counts for no quota
    try:
        items = _store(context, draft, new, files)
        job = _commit(context, replace(draft, idempotency=idempotency), items)
    except (CommitUnknown, DatabaseUnavailable):
        raise
    except Exception as error:
        is_silent = isinstance(error, StorageUnavailable) and not isinstance(error, StorageFull)
        _discard(context, draft, purges=not is_silent)
        raise
    context.meter.submitted(len(items))
    _log.info("job submitted", extra={"job_id": str(job.id), "items": len(items)})
    return job


def _store(context: Context, draft: Job, new: NewJob, files: Sequence[InspectedFile]) -> Sequence[Item]:
    """Store the documents, and return the items."""
    items: list[Item] = []
    for upload, file in zip(new.uploads, files, strict=True):
        pages = items_of_file(context, draft, len(items), upload.filename, file, context.ids.new())
        upload.content.seek(0)
        context.documents.put(pages[0].s3_key, upload.content)
        items += pages
    return items


def _discard(context: Context, draft: Job, *, purges: bool) -> None:
    """Delete the draft of a submission that failed before its commit; if its key has ended, upkeep does it."""
    with suppress(Unauthenticated):
        discard_draft(context, draft.id, purges=purges)


def check_options(context: Context, options: JobOptions) -> None:
    """Refuse options that the engines here cannot honour."""
    if options.expires_in > context.policy.job_ttl:
        msg = f"expires_in may be at most {int(context.policy.job_ttl.total_seconds())}s here."
        raise InvalidOption(msg)
    context.engine.choice(options)


def _draft(context: Context, owner: str, new: NewJob, files: Sequence[InspectedFile]) -> Job:
    now = context.clock.now()
    return Job(
        id=context.ids.new(),
        owner=owner,
        name=job_name(new.name) if new.name else file_name(new.uploads[0].filename),
        created_at=now,
        s3_bucket=context.documents.bucket,
        options=new.options.kept_at_most(context.policy.keep),
        sqs_retention_deadline=later(now, new.options.expires_in),
        request_id=new.request_id,
        warnings=warnings_of([upload.filename for upload in new.uploads], files),
    )


def warnings_of(filenames: Sequence[str], files: Sequence[InspectedFile]) -> tuple[FileWarning, ...]:
    """Return the warnings about the files of a job."""
    return tuple(
        FileWarning(index, file_name(filename), code)
        for index, (filename, file) in enumerate(zip(filenames, files, strict=True))
        for code in file.warnings
    )


def job_name(name: str) -> str:
    """Return the name of a job that a client chose, as it is stored. Raises ``InvalidOption``."""
    return require_no_key(chosen_name(name), "The name")


def file_name(filename: str) -> str:
    """Return the name of a file as it is stored, without the secret of a key that is in it."""
    return clean_name(without_keys(clean_name(filename))) or "untitled"


def items_of_file(
    context: Context, draft: Job, first: int, filename: str, file: InspectedFile, name: UUID
) -> Sequence[Item]:
    """Return the items of a file, one for each page to be read, with the same key and with positions from ``first``.

    ``name`` is new. The document has it, and so has the item of a file of one page.
    """
    ids = [name] if file.is_one_page else [context.ids.new() for _ in file.numbers]
    return [
        Item(
            id=item_id,
            job_id=draft.id,
            s3_key=document_key(draft.id, name, file.extension),
            created_at=draft.created_at,
            position=first + place,
            filename=file_name(filename),
            page=number,
            attempts=0,
            attempts_limit=context.policy.max_attempts,
            queued_at=draft.created_at,
            refusal=file.refusal,
        )
        for place, (number, item_id) in enumerate(zip(file.numbers, ids, strict=True))
    ]


def become_job(context: Context, transaction: JobTransaction, draft: Job, items: Sequence[Item]) -> Job:
    """Turn a draft into a job, with its items and their messages, inside a transaction."""
    now = context.clock.now()
    born = [item.submitted(now) for item in items]
    queued = [item for item in born if item.status is ItemStatus.PENDING]
    require_quota(context, transaction, items=len(queued), size=draft.stored_bytes or 0)
    transaction.add(born)
    job = transaction.save(draft.submitted(now, len(born), refused=len(born) - len(queued)))
    transaction.enqueue(queued, now)
    return job


def _commit(context: Context, draft: Job, items: Sequence[Item]) -> Job:
    def decide(transaction: JobTransaction) -> Job:
        row = replace(transaction.job, idempotency=draft.idempotency, stored_bytes=draft.stored_bytes)
        return become_job(context, transaction, row, items)

    try:
        with adding(context, draft.owner):
            return context.jobs.transact(draft.id, decide)
    except JobNotFound as error:
        msg = "The upload took longer than a draft is kept; send it again."
        raise StorageUnavailable(msg) from error
    except CommitUnknown as unknown:
        try:
            return context.jobs.get(draft.id, draft.owner)
        except (JobNotFound, DatabaseUnavailable):
            raise unknown from None
