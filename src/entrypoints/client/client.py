"""The client: the verbs of the API."""

from __future__ import annotations

import time
import uuid
from contextlib import ExitStack
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, Self
from urllib.parse import quote

from entrypoints.client.connection import Connection
from entrypoints.client.repeating import PAUSES
from entrypoints.client.uploading import OnSent, watch_upload
from entrypoints.client.views import read_answer, view
from entrypoints.client.waiting import outlast, wait_for
from entrypoints.inputs import Files, as_uploads
from entrypoints.job_options import JobFields, as_text, as_unicode
from ocrcore.domain.idempotency import IdempotencyKey
from ocrcore.formats.views import EntryView, ItemView, JobView

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime
    from types import TracebackType
    from typing import Unpack
    from uuid import UUID

    import httpx

    from entrypoints.client.errors import ClientError

#: Seconds that the service may take over a submission once it has all bytes.
_SUBMIT: Final = 300.0


class Client:
    """A service at an address; safe to share between threads, to be closed, or used in a ``with`` block.

    ``key`` is the bearer key, where the service asks for one; ``timeout`` is how many seconds may pass without a
    byte. What may be sent again (a submission, a look while waiting) is, after a broken connection or when the service
    is away, once after each of the ``pauses``: seconds, unless the service names others. Every verb raises
    ``ApiProblem`` when the service says no, and ``NoAnswer`` when nothing comes of it.
    """

    def __init__(
        self,
        base_url: str = "http://127.0.0.1:8000",
        *,
        key: str | None = None,
        timeout: float = 30.0,
        pauses: Sequence[float] = PAUSES,
    ) -> None:
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
        """Make one job of files, all or none; each is a path or a binary file, and is read while it is sent.

        One key goes with every try of this submission, so that it makes one job though an answer is lost; give a key
        to have the same over several calls. ``on_sent`` hears how many bytes are sent, and how many there are.
        """
        key = IdempotencyKey(idempotency_key or str(uuid.uuid4()), "")  # refused here if no header may hold it

        def prepare(request: httpx.Request) -> None:
            if on_sent is not None:
                watch_upload(request, on_sent)

        with ExitStack() as stack:
            answer = self._api.call_repeatedly(
                "POST",
                "/jobs",
                prepare,
                data=as_text(options),
                files=[("files", (as_unicode(upload.filename), upload.content)) for upload in as_uploads(files, stack)],
                headers={"idempotency-key": key.value},
                timeout=self._api.patience(_SUBMIT),
            )
        return read_answer(view(JobView), answer)

    def wait(
        self,
        job_id: UUID | str,
        timeout: float | timedelta | None = None,
        *,
        on_look: Callable[[JobView], None] | None = None,
        on_away: Callable[[ClientError], None] = lambda _: None,
    ) -> JobView:
        """Return the job when it is finished; after ``timeout`` (seconds; None: never) raise ``TimeoutError``.

        ``on_look`` is called about once a second, with the job as it stands. A service that goes away meanwhile is
        given a minute to come back; ``on_away`` is told.
        """
        seconds = timeout.total_seconds() if isinstance(timeout, timedelta) else timeout
        end = float("inf") if seconds is None else time.monotonic() + seconds
        return wait_for(outlast(lambda hold: self._look(job_id, hold), end, on_away), end, on_look)

    def get(self, job_id: UUID | str) -> JobView:
        """Return a job as it stands now."""
        return self._job("GET", _job(job_id))

    def list(
        self,
        *,
        status: str | None = None,
        name: str | None = None,
        created_after: datetime | None = None,
        created_before: datetime | None = None,
    ) -> Iterator[JobView]:
        """Yield jobs, newest first: those of a status, those whose name begins so, those of a time."""
        instants = {"created_after": created_after, "created_before": created_before}
        query = {field: instant.isoformat() for field, instant in instants.items() if instant is not None}
        query |= as_text({"status": status, "name": name})
        return (read_answer(view(JobView), row) for row in self._api.pages("/jobs", "jobs", query))

    def items(self, job_id: UUID | str, *, status: str | None = None) -> Iterator[ItemView]:
        """Yield all items of a job by position, or those of a status."""
        rows = self._api.pages(f"{_job(job_id)}/items", "items", as_text({"status": status}))
        return (read_answer(view(ItemView), row) for row in rows)

    def timeline(self, job_id: UUID | str) -> Iterator[EntryView]:
        """Yield what happened to a job, in order."""
        return (read_answer(view(EntryView), row) for row in self._api.pages(f"{_job(job_id)}/timeline", "entries", {}))

    def item(self, item_id: UUID | str) -> ItemView:
        """Return an item as it stands now."""
        return read_answer(view(ItemView), self._api.call("GET", _item(item_id)))

    def result(self, job_id: UUID | str) -> str:
        """Return the text of a finished job's good pages, a form feed between each two."""
        return self._api.text(f"{_job(job_id)}/result")

    def result_stream(self, job_id: UUID | str, form: str) -> AbstractContextManager[Iterator[bytes]]:
        """Return a context that gives a finished job's result in any format, in pieces, however long it is."""
        return self._api.stream(f"{_job(job_id)}/result", format=form)

    def layouts(self, job_id: UUID | str) -> Sequence[dict[str, Any]]:
        """Return the layouts of a finished job's good pages, in order."""
        answer = self._api.call("GET", f"{_job(job_id)}/result", params={"format": "json"})
        return read_answer(lambda document: list(document["items"]), answer)

    def item_result(self, item_id: UUID | str) -> str:
        """Return the text of a page."""
        return self._api.text(f"{_item(item_id)}/result")

    def item_layout(self, item_id: UUID | str) -> dict[str, Any]:
        """Return the layout of a page."""
        return read_answer(dict, self._api.call("GET", f"{_item(item_id)}/result", params={"format": "json"}))

    def rename(self, job_id: UUID | str, name: str) -> JobView:
        """Call a job something else."""
        return self._job("PATCH", _job(job_id), json=as_text({"name": name}))

    def cancel(self, job_id: UUID | str) -> JobView:
        """End a job; what is done stays."""
        return self._job("POST", f"{_job(job_id)}/cancel")

    def retry(self, job_id: UUID | str) -> JobView:
        """Queue a finished job's ERROR items again."""
        return self._job("POST", f"{_job(job_id)}/retry")

    def delete(self, job_id: UUID | str) -> None:
        """Remove a job and all that belongs to it."""
        self._api.call("DELETE", _job(job_id))

    def _job(self, method: str, path: str, **options: Any) -> JobView:  # noqa: ANN401 - httpx's
        return read_answer(view(JobView), self._api.call(method, path, **options))

    def _look(self, job_id: UUID | str, hold: int) -> JobView:
        """Return the job, held by the service for up to so many seconds; over a restart of the service, too."""
        limits = self._api.patience(self._api.timeout + hold)
        answer = self._api.call_repeatedly("GET", _job(job_id), params={"wait": f"{hold}s"}, timeout=limits)
        return read_answer(view(JobView), answer)


def _job(job_id: UUID | str) -> str:
    return f"/jobs/{quote(str(job_id), safe='', errors='replace')}"


def _item(item_id: UUID | str) -> str:
    return f"/items/{quote(str(item_id), safe='', errors='replace')}"
