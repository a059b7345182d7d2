"""The jobs of one owner: every verb that a client has."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import BinaryIO
from uuid import UUID

from ocrcore.application.access.authenticate import require_alive
from ocrcore.application.access.keyed_jobs import context_of
from ocrcore.application.context import Context
from ocrcore.application.jobs import read, results
from ocrcore.application.jobs.blocked_by import blocked_by, why_blocked
from ocrcore.application.jobs.cancel import cancel_job
from ocrcore.application.jobs.changes import States, states_of_job, states_since
from ocrcore.application.jobs.correct import PageText, correct_item, read_page_text, review_item
from ocrcore.application.jobs.delete import delete_job
from ocrcore.application.jobs.draft import Draft, NewDraft, make_draft, renew_addresses
from ocrcore.application.jobs.find_named import NamedJobs, find_named
from ocrcore.application.jobs.image import ItemImage, item_image
from ocrcore.application.jobs.new_job import NewJob, Upload
from ocrcore.application.jobs.rename import rename_job
from ocrcore.application.jobs.retry import retry_job
from ocrcore.application.jobs.search import Hits, search_pages
from ocrcore.application.jobs.submit import default_options, submit_job
from ocrcore.application.jobs.submit_draft import Submitted, submit_draft
from ocrcore.application.jobs.submit_once import Submission, submit_once
from ocrcore.application.jobs.timeline import read_timeline
from ocrcore.application.jobs.upload import upload_file
from ocrcore.application.upkeep.relay_outbox import relay_job
from ocrcore.domain.audit import AuditEntry
from ocrcore.domain.caller import Caller
from ocrcore.domain.correction import Edit
from ocrcore.domain.item import Item
from ocrcore.domain.job import Job
from ocrcore.domain.lifecycle import ItemStatus, JobStatus
from ocrcore.domain.limits import Usage
from ocrcore.domain.options import JobOptions
from ocrcore.domain.sentence import Sentence
from ocrcore.domain.uploads import AnnouncedFile
from ocrcore.formats.results import JobResult, PageResult
from ocrcore.ports.audit import AuditCursor
from ocrcore.ports.jobs import JobCursor, JobFilter, ReviewCursor


class OwnerJobs:
    """The verbs of a client, returned by ``OcrService.of`` and ``by``. Safe to share between threads.

    Another owner's job is not found. Refused requests raise ``Refusal``, unavailable services ``Unavailable``; both
    have a ``code``, and a sentence that the caller can act on.
    """

    def __init__(self, context: Context, caller: Caller, *, sends: bool) -> None:
        self._context = context_of(context, caller)
        self._caller, self._owner = caller, caller.owner
        self._sends = sends

    @property
    def caller(self) -> Caller:
        """Who acts, for the owner of these jobs."""
        return self._caller

    @property
    def needs_key(self) -> bool:
        """Whether the client acts by a key or a token, which may end."""
        return self._caller.may_end

    def require_alive(self) -> None:
        """Raise ``Unauthenticated`` if the key or the token of the client has ended since the request."""
        require_alive(self._context, self._caller)

    def submit(
        self,
        uploads: Sequence[Upload],
        options: JobOptions | None = None,
        *,
        name: str | None = None,
        request_id: str | None = None,
    ) -> Job:
        """Make one job of files, all or none; by default with the operator's options and the first file's name."""
        chosen = options or default_options(self._context)
        return self._sent(submit_job(self._context, self._owner, NewJob(uploads, chosen, name, request_id)))

    def submit_once(
        self,
        uploads: Sequence[Upload],
        options: JobOptions,
        *,
        key: str,
        name: str | None = None,
        request_id: str | None = None,
    ) -> Submission:
        """Submit under an idempotency key: repeated with the same body, it returns the same job."""
        made = submit_once(self._context, self._owner, NewJob(uploads, options, name, request_id), key)
        if not made.replayed:
            self._sent(made.job)
        return made

    def draft(
        self,
        files: Sequence[AnnouncedFile],
        options: JobOptions | None = None,
        *,
        name: str | None = None,
        request_id: str | None = None,
        key: str | None = None,
    ) -> Draft:
        """Make a draft, with an address for each file to be sent to; ``key`` is an idempotency key of the draft."""
        chosen = options or default_options(self._context)
        new = NewDraft(files, chosen, name, request_id, self._caller.key_id)
        return make_draft(self._context, self._owner, new, key)

    def renew_addresses(self, job_id: UUID) -> Draft:
        """Return a draft with new addresses for its files."""
        return renew_addresses(self._context, self._owner, job_id, self._caller.key_id)

    def upload(self, job_id: UUID, number: int, content: BinaryIO) -> None:
        """Store a file of a draft through this process, instead of by its address."""
        upload_file(self._context, self._owner, job_id, number, content)

    def submit_draft(self, job_id: UUID, *, request_id: str | None = None) -> Submitted:
        """Submit a draft whose files were uploaded; repeated, it returns the same job."""
        made = submit_draft(self._context, self._owner, job_id, request_id)
        if not made.replayed:
            self._sent(made.job)
        return made

    def get(self, job_id: UUID) -> Job:
        """Return a job as it stands now."""
        return read.read_job(self._context, self._owner, job_id)

    def list(self, only: JobFilter | None = None, *, after: JobCursor | None = None, limit: int = 50) -> Sequence[Job]:
        """Return jobs after the cursor, newest first."""
        return read.list_jobs(self._context, self._owner, only or JobFilter(), after, limit)

    def find_named(
        self, text: str, *, status: JobStatus | None = None, after: JobCursor | None = None, limit: int = 50
    ) -> NamedJobs:
        """Return jobs after the cursor whose names have all words of a text, newest first; perhaps few at a time."""
        return find_named(self._context, self._owner, text, status, after, limit)

    def items(
        self, job_id: UUID, *, status: ItemStatus | None = None, after: int = -1, limit: int = 200
    ) -> Sequence[Item]:
        """Return items of a job with positions above ``after``, by position."""
        return read.list_items(self._context, self._owner, job_id, status, after, limit)

    def item(self, item_id: UUID) -> Item:
        """Return an item as it stands now."""
        return read.get_item(self._context, self._owner, item_id)

    def result(self, job_id: UUID, *, recognised: bool = False) -> JobResult:
        """Return a finished job and its good pages, to be written in one of the formats.

        With ``recognised``, as the engine read them, without corrections.
        """
        return results.job_result(self._context, self._owner, job_id, recognised=recognised)

    def read_result(self, job_id: UUID) -> JobResult:
        """Return the same, or raise the error of the first page if none has a text."""
        return results.read_result(self._context, self._owner, job_id)

    def item_result(self, item_id: UUID, *, recognised: bool = False) -> PageResult:
        """Return a page that was recognised, to be written in one of the formats; ``recognised`` as of a job."""
        return results.page_result(self._context, self._owner, item_id, recognised=recognised)

    def page_text(self, item_id: UUID) -> PageText:
        """Return a page with its layout as recognised and its corrections, to be corrected."""
        return read_page_text(self._context, self._owner, item_id)

    def correct(self, item_id: UUID, revision: int, edits: Sequence[Edit]) -> Item:
        """Correct a page, based on this revision of it; repeated, it returns the same item."""
        return correct_item(self._context, self._owner, item_id, revision, edits)

    def review(self, item_id: UUID, *, reviewed: bool = True, revision: int | None = None) -> Item:
        """Mark a page as looked at in this revision, or in any; or as one that nobody has looked at."""
        return review_item(self._context, self._owner, item_id, reviewed=reviewed, revision=revision)

    def least_sure(
        self, *, reviewed: bool | None = None, after: ReviewCursor | None = None, limit: int = 50
    ) -> Sequence[Item]:
        """Return DONE pages of all jobs after the cursor, by confidence, lowest first; None comes last."""
        return read.list_least_sure(self._context, self._owner, after, limit, reviewed=reviewed)

    def unreviewed(self, most: int) -> int:
        """Return how many DONE pages of all jobs nobody has looked at; ``most`` if there are more."""
        return self._context.jobs.unreviewed(self._owner, most)

    def item_image(self, item_id: UUID, *, original: bool = False, width: int | None = None) -> ItemImage:
        """Return a page as a picture that browsers show, at most so wide; or the whole file as it was uploaded."""
        return item_image(self._context, self._owner, item_id, original=original, width=width)

    def timeline(self, job_id: UUID, *, after: AuditCursor | None = None, limit: int = 50) -> Sequence[AuditEntry]:
        """Return the entries of a job's audit log after the cursor, in order."""
        return read_timeline(self._context, self._owner, job_id, after, limit)

    def search(self, query: str, *, before: int | None = None, limit: int = 20) -> Hits:
        """Return pages with the words of the query, newest first; ``before`` is that of the previous answer."""
        return search_pages(self._context, self._owner, query, before, limit)

    def states_since(self, since: datetime, *, items: bool = True) -> Iterator[States]:
        """Yield the states of what has changed since the instant, for a stream of events that begins or resumes."""
        return states_since(self._context, self._owner, since, items=items)

    def states_of(self, job_id: UUID, since: datetime | None = None, *, items: bool = True) -> Iterator[States]:
        """Yield the state of a job, and of its items that have changed since the instant, by default lately."""
        return states_of_job(self._context, self._owner, job_id, since, items=items)

    def blocked_by(self, *jobs: Job) -> Sequence[str | None]:
        """Return for each job why it does not progress, in one sentence, or None if it progresses or is finished."""
        return blocked_by(self._context, jobs)

    def why_blocked(self, *jobs: Job) -> Sequence[Sentence | None]:
        """Return the same as :meth:`blocked_by`, to be told in any language."""
        return why_blocked(self._context, jobs)

    def usage(self) -> Usage:
        """Return the owner's open items and stored bytes."""
        return self._context.jobs.usage(self._owner)

    def rename(self, job_id: UUID, name: str) -> Job:
        """Give a job another name."""
        return rename_job(self._context, self._owner, job_id, name)

    def cancel(self, job_id: UUID) -> Job:
        """Cancel a job; finished items stay."""
        return cancel_job(self._context, self._owner, job_id)

    def retry(self, job_id: UUID, *, request_id: str | None = None) -> Job:
        """Queue a finished job's ERROR items again."""
        return self._sent(retry_job(self._context, self._owner, job_id, request_id))

    def delete(self, job_id: UUID) -> None:
        """Delete a job and everything that belongs to it."""
        delete_job(self._context, self._owner, job_id)

    def _sent(self, job: Job) -> Job:
        """Send the job's messages, unless the caller does it, and return the job."""
        if self._sends:
            relay_job(self._context, job.id)
        return job
