"""A session of the library: the operations on jobs, for programs and for the interactive prompt."""

from __future__ import annotations

import logging
import time
import weakref
from contextlib import ExitStack
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self, overload
from uuid import UUID

from entrypoints.inputs import File, Files, as_uploads
from entrypoints.job_options import as_text
from entrypoints.left_out import file_warnings, page_warnings, tell_of
from entrypoints.library.following import follow
from entrypoints.library.owner import local_jobs, local_webhooks
from entrypoints.named_limits import named, naming_settings
from entrypoints.outputs import write_whole
from entrypoints.overtaken import submitted_by_another
from ocrcore import AuditCursor, Edit, ItemStatus, JobFilter, JobStatus, Place, ReviewCursor
from ocrcore.domain.errors import ItemNotFound, JobNotFound, WebhookNotFound
from ocrcore.domain.options import OptionFields
from ocrcore.domain.uploads import SubmitSuperseded
from ocrcore.formats.fleet_views import StatsView
from ocrcore.formats.layout_json import layout_document
from ocrcore.formats.registry import DEFAULT, Format, format_named, format_of
from ocrcore.formats.views import CorrectionsView
from ocrcore.ports.deliveries import DeliveryCursor
from ocrcore.ports.jobs import JobCursor
from ocrcore.ports.webhooks import WebhookCursor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import datetime
    from os import PathLike
    from types import TracebackType
    from typing import Unpack

    from entrypoints.library.following import Event
    from ocrcore import AuditEntry, Hit, Item, Job, JobOptions, OcrService, OwnerJobs
    from ocrcore.application.jobs.draft import Draft
    from ocrcore.application.webhooks.owner_webhooks import NewWebhook, OwnerWebhooks
    from ocrcore.domain.uploads import AnnouncedFile
    from ocrcore.domain.webhook import Delivery, Webhook
    from ocrcore.formats.layout_json import LayoutFields
    from ocrcore.formats.registry import PdfFormatName, TextFormatName
    from ocrcore.formats.results import PageResult

__all__ = ["File", "Files", "Session"]

_log = logging.getLogger(__name__)

#: Rows of one read.
_PAGE: Final = 200
#: Hits of one search.
_HITS: Final = 50
#: Seconds between the first two reads of a job while waiting, and the most between any two.
_FIRST_PAUSE, _LONGEST_PAUSE = 0.02, 0.5


class Session:
    """An open service, as ``open_local`` and ``open_aws`` of :mod:`entrypoints.library` return it; thread-safe.

    Close it, or use it in a ``with`` block; one that is left open is closed when the program ends. Ids are ``UUID`` or
    text. A ``Refusal`` is raised for a request that cannot be fulfilled, ``Unavailable`` if a service or the data
    folder does not respond; both have a ``code`` and a sentence. Once it is closed every method raises
    ``RuntimeError``.

    A ``Job`` has ``id``, ``name``, ``status``, ``counts``, ``options`` and ``warnings``, among others. An ``Item`` is
    one page of it, with ``id``, ``filename``, ``page``, ``status``, ``ocr_text`` (None until it is read),
    ``confidence``, ``warnings``, ``error_code`` and ``error_msg``.
    """

    def __init__(self, service: OcrService, on_close: Callable[[], None] = lambda: None) -> None:
        self._open: OcrService | None = service
        self._owned = local_jobs(service)
        self._end = weakref.finalize(self, on_close)

    def close(self) -> None:
        """Stop the threads of the session, and make every other method raise ``RuntimeError``; safe to call twice."""
        self._open = None
        self._end()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def languages(self) -> Sequence[str]:
        """The languages that a job may name."""
        return self._service.languages

    def submit(self, files: Files, *, name: str | None = None, **options: Unpack[OptionFields]) -> Job:
        """Make one job of all files, or none. Each file is one of those that :func:`entrypoints.library.read` takes.

        ``languages`` are joined by ``+``, by default those of the settings; ``expires_in`` is a text such as ``12h``,
        seconds or a ``timedelta``. Raises ``FileNotFoundError`` or ``PermissionError`` before anything is stored, and a
        ``Refusal`` that names the first bad file.
        """
        chosen = self._chosen("submit", options)
        with ExitStack() as stack:
            stack.enter_context(naming_settings())
            return self._jobs.submit(as_uploads(files, stack), chosen, name=name)

    @overload
    def read(
        self,
        files: Files,
        *,
        timeout: float | timedelta | None = ...,
        on_progress: Callable[[int, int], None] | None = ...,
        format: TextFormatName = "txt",
        **options: Unpack[OptionFields],
    ) -> str: ...

    @overload
    def read(
        self,
        files: Files,
        *,
        timeout: float | timedelta | None = ...,
        on_progress: Callable[[int, int], None] | None = ...,
        format: PdfFormatName,
        **options: Unpack[OptionFields],
    ) -> bytes: ...

    @overload
    def read(
        self,
        files: Files,
        *,
        timeout: float | timedelta | None = ...,
        on_progress: Callable[[int, int], None] | None = ...,
        format: str,
        **options: Unpack[OptionFields],
    ) -> str | bytes: ...

    def read(
        self,
        files: Files,
        *,
        timeout: float | timedelta | None = None,
        on_progress: Callable[[int, int], None] | None = None,
        format: str = DEFAULT,  # noqa: A002 - the API's name
        **options: Unpack[OptionFields],
    ) -> str | bytes:
        """Submit files, wait for their job, and return its result in one of the API's formats, a PDF as bytes.

        The pages that could be read are in it; a warning of the others, and of what one should know about those that
        were read, is logged. ``on_progress`` is called with the
        pages that are finished and the total, a few times a second and at the end. Raises ``PageFailed`` of the first
        page if none could, and ``TimeoutError`` after ``timeout`` (seconds; None: never); the job stays then, and goes
        on.
        """
        form = format_named(format)
        look = None if on_progress is None else telling(on_progress)
        job = self.wait(self.submit(files, **options).id, timeout, on_look=look)
        with naming_settings():
            result = self._jobs.read_result(job.id)
        self._tell(job)
        with naming_settings():
            return _joined(form, form.job(result))

    def draft(
        self, files: Sequence[AnnouncedFile], *, name: str | None = None, **options: Unpack[OptionFields]
    ) -> Draft:
        """Make a draft: a job whose files are sent to the addresses that it has, or by :meth:`upload`."""
        with naming_settings():
            return self._jobs.draft(files, self._chosen("draft", options), name=name)

    def renew_uploads(self, job_id: UUID | str) -> Draft:
        """Return a draft with new addresses for its files."""
        return self._jobs.renew_addresses(_job_id(job_id))

    def upload(self, job_id: UUID | str, index: int, file: File) -> None:
        """Store a file of a draft; another one of the same index takes the place of the first."""
        with ExitStack() as stack:
            (upload,) = as_uploads(file, stack)
            stack.enter_context(naming_settings())
            self._jobs.upload(_job_id(job_id), index, upload.content)

    def submit_draft(self, job_id: UUID | str) -> Job:
        """Submit a draft whose files were uploaded; repeated, it returns the same job."""
        try:
            with naming_settings():
                return self._jobs.submit_draft(_job_id(job_id)).job
        except SubmitSuperseded:
            return submitted_by_another(lambda: self.get(job_id))

    def wait(
        self,
        job_id: UUID | str,
        timeout: float | timedelta | None = None,
        *,
        on_look: Callable[[Job], None] | None = None,
    ) -> Job:
        """Return the job when it is finished; after ``timeout`` (seconds; None: never) raise ``TimeoutError``.

        ``on_look`` is called a few times a second with the job in its present state, and at the end.
        """
        seconds = timeout.total_seconds() if isinstance(timeout, timedelta) else timeout
        end, pause = time.monotonic() + (float("inf") if seconds is None else seconds), _FIRST_PAUSE
        while (job := self._looked(job_id, on_look)).is_open:
            left = end - time.monotonic()
            if left <= 0:
                msg = f"Job {job.id} is {job.status}: {job.counts.pending + job.counts.processing} pages are open."
                raise TimeoutError(msg)
            time.sleep(min(pause, left))
            pause = min(pause * 1.5, _LONGEST_PAUSE)
        return job

    def _looked(self, job_id: UUID | str, on_look: Callable[[Job], None] | None) -> Job:
        job = self.get(job_id)
        if on_look is not None:
            on_look(job)
        return job

    def events(self, job_id: UUID | str | None = None, *, items: bool = True) -> Iterator[Event]:
        """Yield what changes, as states: ``Job``, ``Item`` (without its text) and ``Gone``, which has a ``job_id``.

        Of one job until it is finished or deleted, its items before it; else of all jobs, without an end. It begins
        with what has changed in the last minute, looks twice a second, and may yield a state twice.
        """
        return follow(lambda: self._service, None if job_id is None else _job_id(job_id), items=items)

    def get(self, job_id: UUID | str) -> Job:
        """Return a job in its present state."""
        return self._jobs.get(_job_id(job_id))

    def blocked_by(self, job_id: UUID | str) -> str | None:
        """Return in one sentence why a job makes no progress, or None if it does or is finished."""
        (why,) = self._jobs.blocked_by(self.get(job_id))
        return why

    def list(
        self,
        *,
        status: JobStatus | str | None = None,
        name: str = "",
        created_after: datetime | None = None,
        created_before: datetime | None = None,
        limit: int | None = None,
    ) -> Iterator[Job]:
        """Yield jobs, newest first, filtered by status, by prefix of the name and by time of creation (exclusive).

        At most ``limit`` of them; None: all.
        """
        only = JobFilter(None if status is None else JobStatus(status), name, created_after, created_before)
        return islice(self._each_job(only, _PAGE if limit is None else max(1, min(limit, _PAGE))), limit)

    def _each_job(self, only: JobFilter, rows: int) -> Iterator[Job]:
        after: JobCursor | None = None
        while jobs := self._jobs.list(only, after=after, limit=rows):
            yield from jobs
            after = JobCursor(jobs[-1].created_at, jobs[-1].id)

    def items(self, job_id: UUID | str, *, status: ItemStatus | str | None = None) -> Sequence[Item]:
        """Return all items of a job by position, or those of a status."""
        return [*self._each_item(job_id, None if status is None else ItemStatus(status))]

    def _each_item(self, job_id: UUID | str, status: ItemStatus | None = None) -> Iterator[Item]:
        after = -1
        while items := self._jobs.items(_job_id(job_id), status=status, after=after, limit=_PAGE):
            yield from items
            after = items[-1].position

    def timeline(self, job_id: UUID | str) -> Sequence[AuditEntry]:
        """Return the audit entries of a job, in order."""
        found: list[AuditEntry] = []
        after: AuditCursor | None = None
        while entries := self._jobs.timeline(_job_id(job_id), after=after, limit=_PAGE):
            found += entries
            after = AuditCursor(entries[-1].at, entries[-1].event_id)
        return found

    def item(self, item_id: UUID | str) -> Item:
        """Return an item in its present state."""
        return self._jobs.item(_item_id(item_id))

    @overload
    def result(self, job_id: UUID | str, format: TextFormatName = "txt", *, recognised: bool = False) -> str: ...

    @overload
    def result(self, job_id: UUID | str, format: PdfFormatName, *, recognised: bool = False) -> bytes: ...

    @overload
    def result(self, job_id: UUID | str, format: str, *, recognised: bool = False) -> str | bytes: ...

    def result(
        self,
        job_id: UUID | str,
        format: str = DEFAULT,  # noqa: A002 - the API's name
        *,
        recognised: bool = False,
    ) -> str | bytes:
        """Return the result of a finished job: its good pages, in one of the API's formats, a PDF as bytes.

        With ``recognised``, as the engine read them, without corrections. A warning of the others, and of what one
        should know about these, is logged, as by :meth:`read` and :meth:`save`.
        """
        form = format_named(format)
        result = self._jobs.result(_job_id(job_id), recognised=recognised)
        self._tell(result.job)
        return _joined(form, form.job(result))

    def save(self, job_id: UUID | str, path: str | PathLike[str], format: str | None = None) -> None:  # noqa: A002
        """Write the result of a finished job into a file, in the format of its suffix, or another of the API's.

        A file that is there is replaced, once the result is whole.
        """
        form = format_of(Path(path)) if format is None else format_named(format)
        result = self._jobs.result(_job_id(job_id))
        self._tell(result.job)
        write_whole(Path(path), form.job(result))

    def layouts(self, job_id: UUID | str) -> Iterator[LayoutFields]:
        """Return the layouts of a finished job's good pages, in order; each is read when the iterator reaches it."""
        return (_document(page) for page in self._jobs.result(_job_id(job_id)).pages)

    @overload
    def item_result(self, item_id: UUID | str, format: TextFormatName = "txt", *, recognised: bool = False) -> str: ...

    @overload
    def item_result(self, item_id: UUID | str, format: PdfFormatName, *, recognised: bool = False) -> bytes: ...

    @overload
    def item_result(self, item_id: UUID | str, format: str, *, recognised: bool = False) -> str | bytes: ...

    def item_result(
        self,
        item_id: UUID | str,
        format: str = DEFAULT,  # noqa: A002 - the API's name
        *,
        recognised: bool = False,
    ) -> str | bytes:
        """Return a page in one of the API's formats, a PDF as bytes; ``recognised`` as of :meth:`result`."""
        form = format_named(format)
        return _joined(form, form.page(self._jobs.item_result(_item_id(item_id), recognised=recognised)))

    def image(self, item_id: UUID | str, *, width: int | None = None, original: bool = False) -> bytes:
        """Return a page as a picture that browsers show, at most ``width`` pixels wide; or its file as it was sent.

        A picture that browsers show, and that is not too wide, is as it was sent; any other is drawn as a PNG.
        """
        return self._jobs.item_image(_item_id(item_id), original=original, width=width).read()

    def stats(self) -> StatsView:
        """Return how many pages are open, and the workers that are alive."""
        return StatsView.of(self._service.fleet())

    def save_item(self, item_id: UUID | str, path: str | PathLike[str], format: str | None = None) -> None:  # noqa: A002
        """Write the result of a page into a file, as :meth:`save` does."""
        form = format_of(Path(path)) if format is None else format_named(format)
        write_whole(Path(path), form.page(self._jobs.item_result(_item_id(item_id))))

    def item_layout(self, item_id: UUID | str, *, recognised: bool = False) -> LayoutFields:
        """Return the layout of a page; with ``recognised``, without corrections."""
        return _document(self._jobs.item_result(_item_id(item_id), recognised=recognised))

    def search(self, query: str) -> Iterator[Hit]:
        """Yield the pages that have the words of a query, those that were finished last first.

        ``"two words"`` in quotes is a phrase, and ``word*`` a beginning. A query without words raises ``InvalidPage``.
        """
        hits = self._jobs.search(query, limit=_HITS)
        while True:
            yield from hits.hits
            if hits.before is None:
                return
            hits = self._jobs.search(query, before=hits.before, limit=_HITS)

    def correct(
        self, item_id: UUID | str, text: str, *, line: int, word: int | None = None, revision: int | None = None
    ) -> Item:
        """Correct a word of a page, or with ``word`` None a whole line; an empty text removes it.

        ``line`` and ``word`` are numbers, from 0, of the layout as it was recognised (``item_layout`` with
        ``recognised``). The correction is based on ``revision`` of the item, by default the one that it has now;
        ``EditConflict`` is raised if somebody else has corrected the page since.
        """
        based_on = self.item(item_id).revision if revision is None else revision
        return self._jobs.correct(_item_id(item_id), based_on, [Edit(Place(line, word), text)])

    def corrections(self, item_id: UUID | str) -> CorrectionsView:
        """Return what people wrote on a page, with what was recognised there, and its revision."""
        page = self._jobs.page_text(_item_id(item_id))
        return CorrectionsView.of(page.item.revision, page.corrections, page.layout)

    def review(self, item_id: UUID | str, *, reviewed: bool = True, revision: int | None = None) -> Item:
        """Mark a page as looked at, or as one that nobody has looked at.

        ``revision`` is the one that was looked at, by default any; ``EditConflict`` is raised if somebody has corrected
        the page since.
        """
        return self._jobs.review(_item_id(item_id), reviewed=reviewed, revision=revision)

    def least_sure(self, *, reviewed: bool | None = None) -> Iterator[Item]:
        """Yield the recognised pages of all jobs, lowest confidence first; ``reviewed`` picks by the mark."""
        after: ReviewCursor | None = None
        while items := self._jobs.least_sure(reviewed=reviewed, after=after, limit=_PAGE):
            yield from items
            after = ReviewCursor(items[-1].confidence, items[-1].id)

    def rename(self, job_id: UUID | str, name: str) -> Job:
        """Give a job another name."""
        return self._jobs.rename(_job_id(job_id), name)

    def cancel(self, job_id: UUID | str) -> Job:
        """Cancel a job; finished pages keep their results."""
        return self._jobs.cancel(_job_id(job_id))

    def retry(self, job_id: UUID | str) -> Job:
        """Queue a finished job's ERROR items again."""
        return self._jobs.retry(_job_id(job_id))

    def delete(self, job_id: UUID | str) -> None:
        """Delete a job with its items, results and files."""
        self._jobs.delete(_job_id(job_id))

    def webhooks(self) -> Iterator[Webhook]:
        """Yield the webhooks, newest first. Only processes that serve send what they are told."""
        after = None
        while page := self._hooks.list(after=after, limit=_PAGE):
            yield from page
            after = WebhookCursor(page[-1].created_at, page[-1].id)

    def create_webhook(self, url: str, *, events: Sequence[str] | None = None) -> NewWebhook:
        """Make a webhook, told of ``events``, by default of all; keep its secret, which is shown this once."""
        return self._hooks.create(url, events)

    def ping_webhook(self, webhook_id: UUID | str) -> Delivery:
        """Send an event of the type ping to a webhook, as a test."""
        return self._hooks.ping(_webhook_id(webhook_id))

    def deliveries(self, webhook_id: UUID | str) -> Iterator[Delivery]:
        """Yield the deliveries of a webhook within the last 30 days, newest first."""
        after = None
        while page := self._hooks.deliveries(_webhook_id(webhook_id), after=after, limit=_PAGE):
            yield from page
            after = DeliveryCursor(page[-1].created_at, page[-1].id)

    def redeliver(self, webhook_id: UUID | str, delivery_id: UUID | str) -> Delivery:
        """Have a delivery sent again, whatever became of it, with the same id and body."""
        return self._hooks.redeliver(_webhook_id(webhook_id), _webhook_id(delivery_id))

    def delete_webhook(self, webhook_id: UUID | str) -> None:
        """Delete a webhook with its deliveries."""
        self._hooks.delete(_webhook_id(webhook_id))

    @property
    def _hooks(self) -> OwnerWebhooks:
        return local_webhooks(self._service)

    def _tell(self, job: Job) -> None:
        """Log a warning of the pages of a finished job that are not in its result, and of what one should know."""
        failed, warnings = [], [f"{file}: {sentence}" for file, sentence in file_warnings(job)]
        for item in self._each_item(job.id):
            if item.failure is not None:
                failed.append(str(named(item.failure)))
            warnings += [f"{item.filename}, page {item.page}: {sentence}" for sentence in page_warnings(item)]
        tell_of(_log, failed, warnings)

    def _chosen(self, method: str, options: OptionFields) -> JobOptions:
        """Return the options of a call. Raises ``TypeError`` for one that there is not."""
        unknown = options.keys() - OptionFields.__annotations__.keys()
        if unknown:
            msg = f"{method}() got an unexpected keyword argument {min(unknown)!r}"
            raise TypeError(msg)
        return self._service.default_options.changed(as_text(options))

    @property
    def _jobs(self) -> OwnerJobs:
        """The owner's jobs. Raises ``RuntimeError`` after the session."""
        _ = self._service  # raises
        return self._owned

    @property
    def _service(self) -> OcrService:
        if self._open is None:
            msg = "this session is over; open another"
            raise RuntimeError(msg)
        return self._open


def telling(on_progress: Callable[[int, int], None]) -> Callable[[Job], None]:
    """Return a function that tells of a job how many of its pages are finished, and of how many."""
    return lambda job: on_progress(job.counts.done + job.counts.error, job.counts.total)


def _joined(form: Format, pieces: Iterable[bytes]) -> str | bytes:
    result = b"".join(pieces)
    return result.decode() if form.is_text else result


def _document(page: PageResult) -> LayoutFields:
    return layout_document(page.item.id, page.item.page, page.read_layout())


def _job_id(given: UUID | str) -> UUID:
    try:
        return given if isinstance(given, UUID) else UUID(given)
    except ValueError as error:
        raise JobNotFound from error


def _item_id(given: UUID | str) -> UUID:
    try:
        return given if isinstance(given, UUID) else UUID(given)
    except ValueError as error:
        raise ItemNotFound from error


def _webhook_id(given: UUID | str) -> UUID:
    try:
        return given if isinstance(given, UUID) else UUID(given)
    except ValueError as error:
        raise WebhookNotFound from error
