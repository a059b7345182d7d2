"""The client: a method for each operation of the API."""

from __future__ import annotations

import logging
import time
import uuid
from contextlib import ExitStack, suppress
from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, Self, cast, overload
from urllib.parse import quote

from entrypoints.client import drafts
from entrypoints.client.connection import API, PAGE, Connection, json_of
from entrypoints.client.errors import ClientError, page_failed
from entrypoints.client.events import Following
from entrypoints.client.key import key_of_environment
from entrypoints.client.repeating import PAUSES
from entrypoints.client.uploading import OnSent, watch_upload
from entrypoints.client.views import read_answer, view
from entrypoints.client.waiting import HOLD, outlast, wait_for
from entrypoints.inputs import Files, as_uploads
from entrypoints.job_options import JobFields, as_text, as_unicode
from entrypoints.left_out import file_warnings, page_warnings, tell_of
from ocrcore.domain.idempotency import IdempotencyKey
from ocrcore.formats.access_views import AccessEntryView, KeyView, NewKeyView
from ocrcore.formats.fleet_views import StatsView
from ocrcore.formats.registry import DEFAULT, FORMATS, format_named
from ocrcore.formats.views import CorrectionsView, EntryView, HitView, ItemView, JobView
from ocrcore.formats.webhook_views import DeliveryView, NewWebhookView, WebhookView

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime
    from types import TracebackType
    from typing import BinaryIO, Unpack
    from uuid import UUID

    import httpx

    from entrypoints.client.events import EventView
    from ocrcore.domain.uploads import AnnouncedFile
    from ocrcore.formats.layout_json import LayoutFields
    from ocrcore.formats.registry import PdfFormatName, TextFormatName
    from ocrcore.formats.views import DraftView, UploadView

_log = logging.getLogger(__name__)

#: Seconds that the service may take to answer a submission after the last byte.
_SUBMIT: Final = 300.0
#: Seconds that it may take to write a result, which it begins to send when all of it is written.
_RESULT: Final = 300.0
#: The same of a PDF, which takes a second for each page that is no JPEG: the longest that proxies wait, and a little.
_PDF: Final = 4060.0
#: Headers of a result that lacks pages, or about which there is something to know.
_TOLD: Final = ("ocrcore-failed-pages", "ocrcore-warnings")
#: The status of an answer whose job is not finished.
_ACCEPTED: Final = 202
#: Most hits of one page of a search.
_HITS: Final = "50"


class Client:
    """A client of the service at one address. Close it, or use it in a ``with`` block; safe to share between threads.

    ``key`` is the bearer key, if the service requires one; by default that of the environment, ``OCRCORE_KEY``. With an
    empty one none is sent. ``timeout`` is the most seconds between two bytes.
    Submissions and reads are retried after a broken connection and while the service is unavailable, and every request
    that is over the limit of its owner, once after each of ``pauses``: seconds, unless the service names others in
    Retry-After. Every method raises
    ``ApiProblem`` if the service refuses the request or fails, and ``NoAnswer`` if there is no usable answer.
    """

    def __init__(
        self,
        base_url: str = "http://127.0.0.1:8000",
        *,
        key: str | None = None,
        timeout: float = 30.0,
        pauses: Sequence[float] = PAUSES,
    ) -> None:
        key = key_of_environment() if key is None else key or None
        self._api = Connection(base_url, key=key, timeout=timeout, pauses=pauses)

    def close(self) -> None:
        """Close the connections."""
        self._api.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def submit(
        self,
        files: Files,
        *,
        idempotency_key: str | None = None,
        on_sent: OnSent | None = None,
        **options: Unpack[JobFields],
    ) -> JobView:
        """Make one job of all files, or none. Each is read while it is sent.

        A file is a path, bytes, a binary file, a pair of a name and one of these two, or a picture of Pillow; a folder
        stands for the documents below it.

        Every try of one call sends the same idempotency key, so a lost answer does not lead to a second job. Pass
        ``idempotency_key`` for the same guarantee over several calls; if its job was deleted meanwhile, that is an
        ``ApiProblem`` with the code ``job-gone``. ``on_sent`` is called with the bytes that are
        sent and the total.
        """
        answer = self._send("/jobs", files, idempotency_key, on_sent, as_text(options))
        return read_answer(view(JobView), json_of(answer))

    @overload
    def read(
        self,
        files: Files,
        *,
        timeout: float | timedelta | None = None,
        idempotency_key: str | None = None,
        on_sent: OnSent | None = None,
        format: TextFormatName = "txt",
        **options: Unpack[JobFields],
    ) -> str: ...

    @overload
    def read(
        self,
        files: Files,
        *,
        timeout: float | timedelta | None = None,
        idempotency_key: str | None = None,
        on_sent: OnSent | None = None,
        format: PdfFormatName,
        **options: Unpack[JobFields],
    ) -> bytes: ...

    @overload
    def read(
        self,
        files: Files,
        *,
        timeout: float | timedelta | None = None,
        idempotency_key: str | None = None,
        on_sent: OnSent | None = None,
        format: str,
        **options: Unpack[JobFields],
    ) -> str | bytes: ...

    def read(
        self,
        files: Files,
        *,
        timeout: float | timedelta | None = None,
        idempotency_key: str | None = None,
        on_sent: OnSent | None = None,
        format: str = DEFAULT,  # noqa: A002 - the API's name
        **options: Unpack[JobFields],
    ) -> str | bytes:
        """Return the result of files in one of the API's formats: of short jobs in one request, else after waiting.

        It is a text, a form feed between two pages, or another format that is text, or the bytes of a PDF. The pages
        that could be read are in it; a warning of the others, and of what one should know about these, is logged, as by
        :meth:`result`. Raises ``InvalidOption`` for a format that there is not, before anything is sent;
        ``ApiProblem`` with the code of the first page if none could be read, or with ``not-pdfa``; and ``TimeoutError``
        after ``timeout`` (seconds; None: never); the job goes on then. The other arguments are those of :meth:`submit`.
        """
        form, end = format_named(format).name, _end(timeout)
        hold = int(min(HOLD, max(0.0, end - time.monotonic())))
        answer = self._send("/ocr", files, idempotency_key, on_sent, as_text(options), wait=f"{hold}s", format=form)
        if answer.status_code != _ACCEPTED:
            self._tell(answer, answer.headers.get("location", "").rpartition("/")[2])
            return _content(answer, form)
        job = self.wait(read_answer(view(JobView), json_of(answer)).id, max(0.0, end - time.monotonic()))
        if not job.items.done:
            raise page_failed(next(self.items(job.id)))
        return self.result(job.id, form)

    def draft(
        self, files: Sequence[AnnouncedFile], *, idempotency_key: str | None = None, **options: Unpack[JobFields]
    ) -> DraftView:
        """Announce files, and return a draft with an address for each of them to be uploaded to."""
        return drafts.draft(self._api, files, idempotency_key, options)

    def renew_uploads(self, job_id: UUID | str) -> DraftView:
        """Return a draft with new addresses for its files."""
        return drafts.renew(self._api, _job(job_id))

    def upload(self, address: UploadView, content: BinaryIO) -> None:
        """Send a file, from its beginning, to its address; sent again, it takes the place of the first."""
        drafts.upload(self._api, address, content)

    def submit_draft(self, job_id: UUID | str) -> JobView:
        """Submit a draft whose files were uploaded; repeated, it returns the same job."""
        return drafts.submit(self._api, _job(job_id))

    def submit_uploaded(
        self,
        files: Files,
        *,
        idempotency_key: str | None = None,
        on_sent: OnSent | None = None,
        **options: Unpack[JobFields],
    ) -> JobView:
        """Do what :meth:`submit` does, with the files sent to addresses: on AWS past the service, into the bucket."""
        with ExitStack() as stack:
            uploads = as_uploads(files, stack)
            made = drafts.draft(self._api, drafts.announced(uploads), idempotency_key, options)
            drafts.send_all(self._api, made, uploads, on_sent)
        return self.submit_draft(made.job.id)

    def wait(
        self,
        job_id: UUID | str,
        timeout: float | timedelta | None = None,
        *,
        on_look: Callable[[JobView], None] | None = None,
        on_away: Callable[[ClientError], None] = lambda _: None,
    ) -> JobView:
        """Return the job when it is finished; after ``timeout`` (seconds; None: never) raise ``TimeoutError``.

        ``on_look`` is called about once a second, with the job in its present state. If the service becomes
        unavailable meanwhile, ``on_away`` is called and the service retried for a minute.
        """
        end = _end(timeout)
        return wait_for(outlast(lambda hold: self._look(job_id, hold), end, on_away), end, on_look)

    def events(
        self,
        job_id: UUID | str | None = None,
        *,
        items: bool = True,
        on_away: Callable[[ClientError], None] = lambda _: None,
    ) -> Iterator[EventView]:
        """Yield what changes, as states: ``JobView``, ``ItemView`` (without its text) and ``GoneView``.

        Of one job until it is finished or deleted, its items before it; else of all jobs of the owner, without an end.
        It begins with what has changed in the last minute, and may yield a state twice. A stream that is lost is
        resumed; if the service is unavailable for a minute, the error is raised. ``on_away`` is called at its begin.
        """
        path = f"{API}/events" if job_id is None else f"{API}{_job(job_id)}/events"
        return Following(self._api, path, items=items, of_job=job_id is not None).events(on_away)

    def get(self, job_id: UUID | str) -> JobView:
        """Return a job in its present state."""
        return self._job("GET", _job(job_id))

    def list(
        self,
        *,
        status: str | None = None,
        name: str | None = None,
        created_after: datetime | None = None,
        created_before: datetime | None = None,
        limit: int | None = None,
    ) -> Iterator[JobView]:
        """Yield jobs, newest first, filtered by status, by prefix of the name and by time of creation (exclusive).

        At most ``limit`` of them; None: all.
        """
        instants = {"created_after": created_after, "created_before": created_before}
        query = {field: instant.isoformat() for field, instant in instants.items() if instant is not None}
        query |= as_text({"status": status, "name": name})
        if limit is not None:
            query["limit"] = str(max(1, min(limit, PAGE)))
        rows = islice(self._api.pages("/jobs", "jobs", query), limit)
        return (read_answer(view(JobView), row) for row in rows)

    def items(self, job_id: UUID | str, *, status: str | None = None) -> Iterator[ItemView]:
        """Yield all items of a job by position, or those of a status."""
        rows = self._api.pages(f"{_job(job_id)}/items", "items", as_text({"status": status}))
        return (read_answer(view(ItemView), row) for row in rows)

    def timeline(self, job_id: UUID | str) -> Iterator[EntryView]:
        """Yield the audit entries of a job, in order."""
        return (read_answer(view(EntryView), row) for row in self._api.pages(f"{_job(job_id)}/timeline", "entries", {}))

    def item(self, item_id: UUID | str) -> ItemView:
        """Return an item in its present state."""
        return read_answer(view(ItemView), self._api.call("GET", _item(item_id)))

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
        """Return a finished job's good pages in one of the API's formats, a PDF as bytes.

        With ``recognised``, as the engine read them, without corrections. A warning of the others, and of what one
        should know about these, is logged; of a PDF the warnings of pages only if there is anything else.
        """
        answer, form = self._result(_job(job_id), format, recognised=recognised)
        self._tell(answer, job_id)
        return _content(answer, form)

    def result_stream(
        self, job_id: UUID | str, form: str, *, recognised: bool = False
    ) -> AbstractContextManager[Iterator[bytes]]:
        """Return a context manager that yields what :meth:`result` returns, in pieces."""
        return self._api.stream(f"{_job(job_id)}/result", _patience(form), **_as_read(form, recognised=recognised))

    def item_result_stream(
        self, item_id: UUID | str, form: str, *, recognised: bool = False
    ) -> AbstractContextManager[Iterator[bytes]]:
        """Return a context manager that yields what :meth:`item_result` returns, in pieces."""
        return self._api.stream(f"{_item(item_id)}/result", _patience(form), **_as_read(form, recognised=recognised))

    def image(self, item_id: UUID | str, *, width: int | None = None, original: bool = False) -> bytes:
        """Return a page as a picture that browsers show, at most ``width`` pixels wide; or its file as it was sent.

        A picture that browsers show, and that is not too wide, is as it was sent; any other is drawn as a PNG.
        """
        return self.image_and_type(item_id, width=width, original=original)[0]

    def image_and_type(
        self, item_id: UUID | str, *, width: int | None = None, original: bool = False
    ) -> tuple[bytes, str]:
        """Return what :meth:`image` does, and its media type, as ``image/png``."""
        query = {"original": "1"} if original else {}
        if width is not None:
            query["width"] = str(width)
        answer = self._api.answer(f"{_item(item_id)}/image", _RESULT, **query)
        return answer.content, answer.headers.get("content-type", "").partition(";")[0]

    def stats(self) -> StatsView:
        """Return how many pages are open, and the workers that are alive."""
        return read_answer(view(StatsView), self._api.call("GET", "/stats"))

    def keys(self) -> Iterator[KeyView]:
        """Yield the keys of this client's owner, newest first, those that are revoked or expired too."""
        return (read_answer(view(KeyView), row) for row in self._api.pages("/keys", "keys", {}))

    def create_key(
        self,
        *,
        name: str = "",
        scopes: Sequence[str] | None = None,
        expires_in: str | int | timedelta | None = None,
    ) -> NewKeyView:
        """Make a key with no more rights than this client's, and return it with its text, which is not kept.

        ``scopes`` are some of read, write and admin, by default read and write as far as this client's key has them;
        ``expires_in`` is a text such as ``90d``, seconds or a ``timedelta``, by default as long as that key.
        """
        wanted: dict[str, object] = {"name": as_unicode(name)}
        if scopes is not None:
            wanted["scopes"] = [as_unicode(scope) for scope in scopes]
        wanted |= as_text({"expires_in": expires_in})
        return read_answer(view(NewKeyView), self._api.call("POST", "/keys", json=wanted))

    def rotate_key(self, key_id: str, *, overlap: str | int | timedelta | None = None) -> NewKeyView:
        """Make the successor of a key of this client's owner, and return it with its text, which is not kept.

        It has the name, the scopes and the lifetime of the old key, and ends no later than this client's key. The old
        one ends after ``overlap``, a text such as ``1h``, seconds or a ``timedelta``, by default a day. To change the
        key that this client sends, make another client with the new one.
        """
        path = f"/keys/{quote(key_id, safe='', errors='replace')}/rotate"
        return read_answer(view(NewKeyView), self._api.call("POST", path, params=as_text({"overlap": overlap})))

    def revoke_key(self, key_id: str) -> None:
        """End a key of this client's owner; repeated, it changes nothing."""
        self._api.call("DELETE", f"/keys/{quote(key_id, safe='', errors='replace')}")

    def audit(self, owner: str | None = None) -> Iterator[AccessEntryView]:
        """Yield what happened to the keys and sessions of an owner, in order; by default of this client's own.

        It needs a key with the scope admin. The owner ``operator`` has the sign-ins and keys that were refused.
        """
        rows = self._api.pages("/audit", "entries", as_text({"owner": owner}))
        return (read_answer(view(AccessEntryView), row) for row in rows)

    def layouts(self, job_id: UUID | str) -> Sequence[LayoutFields]:
        """Return the layouts of a finished job's good pages, in order."""
        answer = self._api.call("GET", f"{_job(job_id)}/result", params={"format": "json"})
        return cast("Sequence[LayoutFields]", read_answer(lambda document: list(document["items"]), answer))

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
        return _content(*self._result(_item(item_id), format, recognised=recognised))

    def item_layout(self, item_id: UUID | str, *, recognised: bool = False) -> LayoutFields:
        """Return the layout of a page; with ``recognised``, without corrections."""
        query = _as_read("json", recognised=recognised)
        answer = self._api.call("GET", f"{_item(item_id)}/result", params=query)
        return cast("LayoutFields", read_answer(dict, answer))

    def search(self, query: str) -> Iterator[HitView]:
        """Yield the pages that have the words of a query, those that were finished last first.

        ``"two words"`` in quotes is a phrase, and ``word*`` a beginning.
        """
        rows = self._api.pages("/search", "hits", {"q": as_unicode(query), "limit": _HITS})
        return (read_answer(view(HitView), row) for row in rows)

    def correct(
        self, item_id: UUID | str, text: str, *, line: int, word: int | None = None, revision: int | None = None
    ) -> ItemView:
        """Correct a word of a page, or with ``word`` None a whole line; an empty text removes it.

        ``line`` and ``word`` are numbers, from 0, of the layout as it was recognised (``item_layout`` with
        ``recognised``). The correction is based on ``revision`` of the item, by default the one that it has now; a
        conflict with somebody else's is an ``ApiProblem`` with the code ``edit-conflict``. It is retried.
        """
        based_on = self.item(item_id).revision if revision is None else revision
        edit = {"line": line, "word": word, "text": as_unicode(text)}
        body = {"revision": based_on, "corrections": [edit]}
        return read_answer(view(ItemView), self._api.call_repeatedly("PATCH", f"{_item(item_id)}/text", json=body))

    def corrections(self, item_id: UUID | str) -> CorrectionsView:
        """Return what people wrote on a page, with what was recognised there, and its revision."""
        return read_answer(view(CorrectionsView), self._api.call("GET", f"{_item(item_id)}/corrections"))

    def review(self, item_id: UUID | str, *, reviewed: bool = True, revision: int | None = None) -> None:
        """Mark a page as looked at, or as one that nobody has looked at. It is retried.

        ``revision`` is the one that was looked at, by default any; if somebody has corrected the page since, that is an
        ``ApiProblem`` with the code ``edit-conflict``.
        """
        query = {} if revision is None or not reviewed else {"revision": str(revision)}
        self._api.call_repeatedly("PUT" if reviewed else "DELETE", f"{_item(item_id)}/review", params=query)

    def least_sure(self, *, reviewed: bool | None = None) -> Iterator[ItemView]:
        """Yield the recognised pages of all jobs, lowest confidence first; ``reviewed`` picks by the mark."""
        query = {"order": "confidence"} | ({} if reviewed is None else {"reviewed": str(int(reviewed))})
        return (read_answer(view(ItemView), row) for row in self._api.pages("/items", "items", query))

    def rename(self, job_id: UUID | str, name: str) -> JobView:
        """Give a job another name."""
        return self._job("PATCH", _job(job_id), json=as_text({"name": name}))

    def cancel(self, job_id: UUID | str) -> JobView:
        """Cancel a job; finished pages keep their results."""
        return self._job("POST", f"{_job(job_id)}/cancel")

    def retry(self, job_id: UUID | str) -> JobView:
        """Queue a finished job's ERROR items again."""
        return self._job("POST", f"{_job(job_id)}/retry")

    def delete(self, job_id: UUID | str) -> None:
        """Delete a job with its items, results and files."""
        self._api.call("DELETE", _job(job_id))

    def webhooks(self) -> Iterator[WebhookView]:
        """Yield the webhooks of the owner, newest first."""
        return (read_answer(view(WebhookView), row) for row in self._api.pages("/webhooks", "webhooks", {}))

    def create_webhook(self, url: str, *, events: Sequence[str] | None = None) -> NewWebhookView:
        """Make a webhook, told of ``events``, by default of all; keep its secret, which is shown this once."""
        wanted = as_text({"url": url}) | ({} if events is None else {"events": list(events)})
        return read_answer(view(NewWebhookView), self._api.call("POST", "/webhooks", json=wanted))

    def ping_webhook(self, webhook_id: UUID | str) -> DeliveryView:
        """Send an event of the type ping to a webhook, as a test."""
        return read_answer(view(DeliveryView), self._api.call("POST", f"{_webhook(webhook_id)}/ping"))

    def deliveries(self, webhook_id: UUID | str) -> Iterator[DeliveryView]:
        """Yield the deliveries of a webhook within the last 30 days, newest first."""
        rows = self._api.pages(f"{_webhook(webhook_id)}/deliveries", "deliveries", {})
        return (read_answer(view(DeliveryView), row) for row in rows)

    def redeliver(self, webhook_id: UUID | str, delivery_id: UUID | str) -> DeliveryView:
        """Send a delivery again, whatever became of it, with the same id and payload."""
        delivery = quote(str(delivery_id), safe="", errors="replace")
        path = f"{_webhook(webhook_id)}/deliveries/{delivery}/redeliver"
        return read_answer(view(DeliveryView), self._api.call("POST", path))

    def delete_webhook(self, webhook_id: UUID | str) -> None:
        """Delete a webhook with its deliveries."""
        self._api.call("DELETE", _webhook(webhook_id))

    def _send(
        self,
        path: str,
        files: Files,
        idempotency_key: str | None,
        on_sent: OnSent | None,
        fields: dict[str, str],
        **query: str,
    ) -> httpx.Response:
        """Return the answer to a submission, each try of which has the same idempotency key."""
        key = IdempotencyKey.chosen(idempotency_key or str(uuid.uuid4()), "")  # raises if a header cannot hold it

        def prepare(request: httpx.Request) -> None:
            if on_sent is not None:
                watch_upload(request, on_sent)

        with ExitStack() as stack:
            return self._api.answer_repeatedly(
                "POST",
                path,
                prepare,
                params=query,
                data=fields,
                files=[("files", (as_unicode(upload.filename), upload.content)) for upload in as_uploads(files, stack)],
                headers={"idempotency-key": key.value},
                timeout=self._api.patience(_SUBMIT),
            )

    def _result(self, of: str, name: str, *, recognised: bool) -> tuple[httpx.Response, str]:
        form = format_named(name).name
        as_read = _as_read(form, recognised=recognised)
        return self._api.answer(f"{of}/result", _patience(form), **as_read), form

    def _tell(self, answer: httpx.Response, job_id: UUID | str) -> None:
        """Log what the answer says that there is to know about a result; as far as the service tells it now."""
        if not any(name in answer.headers for name in _TOLD):
            return
        with suppress(ClientError):
            failed, warnings = [], [f"{file}: {sentence}" for file, sentence in file_warnings(self.get(job_id))]
            for item in self.items(job_id):
                place = f"{item.filename}, page {item.page}"
                failed += [] if item.error_msg is None else [f"{place}: {item.error_msg}"]
                warnings += [f"{place}: {sentence}" for sentence in page_warnings(item)]
            tell_of(_log, failed, warnings)

    def _job(self, method: str, path: str, **options: Any) -> JobView:  # noqa: ANN401 - httpx's
        return read_answer(view(JobView), self._api.call(method, path, **options))

    def _look(self, job_id: UUID | str, hold: int) -> JobView:
        """Return the job after a long poll: the service holds its answer for up to ``hold`` seconds. It is retried."""
        limits = self._api.patience(self._api.timeout + hold)
        answer = self._api.call_repeatedly("GET", _job(job_id), params={"wait": f"{hold}s"}, timeout=limits)
        return read_answer(view(JobView), answer)


def _as_read(form: str, *, recognised: bool) -> dict[str, str]:
    """Return the query of a result: its format, and whether it is without corrections."""
    return {"format": form, "as": "recognised"} if recognised else {"format": form}


def _patience(form: str) -> float:
    """Return how many seconds a result in this format may take to begin; a format that there is not is refused soon."""
    return _PDF if form in FORMATS and not FORMATS[form].is_text else _RESULT


def _content(answer: httpx.Response, form: str) -> str | bytes:
    return answer.content.decode() if FORMATS[form].is_text else answer.content


def _end(timeout: float | timedelta | None) -> float:
    """Return when a wait ends, in seconds of the monotonic clock."""
    seconds = timeout.total_seconds() if isinstance(timeout, timedelta) else timeout
    return float("inf") if seconds is None else time.monotonic() + seconds


def _job(job_id: UUID | str) -> str:
    return f"/jobs/{quote(str(job_id), safe='', errors='replace')}"


def _item(item_id: UUID | str) -> str:
    return f"/items/{quote(str(item_id), safe='', errors='replace')}"


def _webhook(webhook_id: UUID | str) -> str:
    return f"/webhooks/{quote(str(webhook_id), safe='', errors='replace')}"
