"""The routes of jobs."""

import asyncio
import json
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Annotated, Any, Final
from uuid import UUID

from litestar import Controller, MediaType, Request, Response, delete, get, patch, post
from litestar.concurrency import sync_to_thread
from litestar.di import NamedDependency
from litestar.dto import DataclassDTO, DTOConfig
from litestar.exceptions import HTTPException
from litestar.params import FromPath, JSONBody
from litestar.response import Stream

from entrypoints.http.documentation import UploadOperation, problem_responses
from entrypoints.http.lists import ItemList, JobList, instant, item_cursor, item_list, job_cursor, job_list
from entrypoints.http.parameters import After, Before, Cursor, Format, Limit, OfItems, OfJobs, Prefix, Wait
from entrypoints.http.problems import answer_nesting, answer_new_name
from entrypoints.http.request_id import request_id
from entrypoints.http.result_schema import JobDocument, ResultOperation, result_responses
from entrypoints.http.sending import Sender
from entrypoints.http.upload import read_submission
from entrypoints.http.waiting import finished_job, wait_time
from entrypoints.options import job_options
from entrypoints.settings import Settings
from ocrcore import Job, JobFilter, OcrService
from ocrcore.domain.errors import InvalidOption, JobNotFound
from ocrcore.formats.views import JobView

PATH = "/api/v1/jobs"
#: A name of 255 characters, each of them escaped, and much air.
_MOST_JSON: Final = 16_384
#: What a result may hold in memory before it goes to disk, and what is sent of it at a time, in bytes.
_SPOOL, _CHUNK = 1 << 20, 1 << 16

Service = NamedDependency[OcrService]


@dataclass(frozen=True, slots=True)
class Rename:
    """What of a job may be changed."""

    name: str


class Jobs(Controller):
    """Everything under ``/api/v1/jobs``."""

    path = PATH
    tags = ("jobs",)

    @post(status_code=202, operation_class=UploadOperation, responses=problem_responses(413, 415))
    async def submit_job(
        self,
        request: Request[Any, Any, Any],
        service: Service,
        settings: NamedDependency[Settings],
        sender: NamedDependency[Sender],
    ) -> Response[JobView]:
        """Make a job of one or more files, all or none."""
        async with read_submission(request, settings.policy) as submission:
            options = job_options(submission.fields, service.default_options)
            name = submission.fields.get("name")
            key, trace = _idempotency_key(request), request_id(request.scope)
            if key is None:
                job = await sync_to_thread(service.submit, submission.uploads, options, name=name, trace=trace)
                return await sync_to_thread(_accepted, service, job, sender)
            made = await sync_to_thread(
                service.submit_once, submission.uploads, options, key=key, name=name, trace=trace
            )
        return await sync_to_thread(_accepted, service, made.job, sender, replayed=made.replayed)

    @get(sync_to_thread=True, responses=problem_responses())
    def list_jobs(
        self,
        service: Service,
        status: OfJobs = None,
        name: Prefix = "",
        created_after: After = None,
        created_before: Before = None,
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> JobList:
        """List jobs, newest first."""
        only = JobFilter(
            status=status,
            name_prefix=name,
            created_after=instant("created_after", created_after),
            created_before=instant("created_before", created_before),
        )
        jobs = service.list(only, after=job_cursor(cursor), limit=limit + 1)
        return job_list(jobs, limit, service.blocked_by(*jobs[:limit]))

    @get("/{job_id:str}", responses=problem_responses(404))
    async def get_job(
        self,
        service: Service,
        closing: NamedDependency[asyncio.Event],
        job_id: FromPath[str],
        wait: Wait = None,
    ) -> JobView:
        """Return a job; with ``wait`` (a duration of at most 30s) not before it is finished or the time is over."""
        job = await finished_job(service, job_uuid(job_id), wait_time(wait), closing)
        return await sync_to_thread(_view, service, job)

    @patch(
        "/{job_id:str}",
        sync_to_thread=True,
        dto=DataclassDTO[Annotated[Rename, DTOConfig(forbid_unknown_fields=True)]],
        return_dto=None,
        request_max_body_size=_MOST_JSON,
        exception_handlers={RecursionError: answer_nesting, HTTPException: answer_new_name},
        responses=problem_responses(404, 413),
    )
    def rename_job(self, service: Service, job_id: FromPath[str], data: JSONBody[Rename]) -> JobView:
        """Rename a job."""
        return _view(service, service.rename(job_uuid(job_id), data.name))

    @delete("/{job_id:str}", sync_to_thread=True, responses=problem_responses(404))
    def delete_job(self, service: Service, job_id: FromPath[str]) -> None:
        """Delete a job, its texts and its files."""
        service.delete(job_uuid(job_id))

    @post("/{job_id:str}/cancel", status_code=200, sync_to_thread=True, responses=problem_responses(404, 409))
    def cancel_job(self, service: Service, job_id: FromPath[str]) -> JobView:
        """End a job; what is done stays."""
        return _view(service, service.cancel(job_uuid(job_id)))

    @post("/{job_id:str}/retry", status_code=202, sync_to_thread=True, responses=problem_responses(404, 409))
    def retry_job(
        self,
        request: Request[Any, Any, Any],
        service: Service,
        sender: NamedDependency[Sender],
        job_id: FromPath[str],
    ) -> Response[JobView]:
        """Queue a finished job's ERROR items again, without a new upload."""
        job = service.retry(job_uuid(job_id), trace=request_id(request.scope))
        return Response(_view(service, job), background=sender.after_answer(job.id))

    @get("/{job_id:str}/items", sync_to_thread=True, responses=problem_responses(404))
    def list_items(
        self,
        service: Service,
        job_id: FromPath[str],
        status: OfItems = None,
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> ItemList:
        """List a job's items, by position."""
        after = item_cursor(cursor)
        return item_list(service.items(job_uuid(job_id), status=status, after=after, limit=limit + 1), limit)

    @get(
        "/{job_id:str}/result",
        sync_to_thread=True,
        responses=result_responses(JobDocument),
        operation_class=ResultOperation,
    )
    def get_result(self, service: Service, job_id: FromPath[str], format: Format = "txt") -> Stream | Response[str]:  # noqa: A002 - the contract's name
        """Return the text (pages in order, a form feed between each two) or the layouts of a finished job."""
        if format == "txt":
            return Response(service.result(job_uuid(job_id)), media_type=MediaType.TEXT)
        job, layouts = service.layouts(job_uuid(job_id))
        size, document = _spooled(_json_result(job, layouts))
        return Stream(document, media_type="application/json", headers={"content-length": str(size)})


def _view(service: OcrService, job: Job) -> JobView:
    (blocked_by,) = service.blocked_by(job)
    return JobView.of(job, blocked_by)


def _accepted(service: OcrService, job: Job, sender: Sender, *, replayed: bool = False) -> Response[JobView]:
    headers = {"location": f"{PATH}/{job.id}"} | ({"idempotency-replayed": "true"} if replayed else {})
    send = None if replayed else sender.after_answer(job.id)
    return Response(_view(service, job), status_code=202, headers=headers, background=send)


def _idempotency_key(request: Request[Any, Any, Any]) -> str | None:
    """Return the key of the submission, if it has one. Raises ``InvalidOption`` where it has several."""
    keys = request.headers.getall("idempotency-key", [])
    if len(keys) > 1:
        msg = "There are several Idempotency-Key headers; send one."
        raise InvalidOption(msg)
    return keys[0] if keys else None


def job_uuid(text: str) -> UUID:
    """Return the id. Raises ``JobNotFound`` for anything that cannot be one."""
    try:
        return UUID(text)
    except ValueError as error:
        raise JobNotFound from error


def _spooled(pieces: Iterator[str]) -> tuple[int, Iterator[bytes]]:
    """Return the size of a document and the document, after all of it was made: what fails, fails before the answer."""
    file = tempfile.SpooledTemporaryFile(_SPOOL)  # noqa: SIM115 - closed by who reads it
    try:
        for piece in pieces:
            file.write(piece.encode())
        size = file.tell()
        file.seek(0)
    except BaseException:
        file.close()
        raise

    def read() -> Iterator[bytes]:
        with file:
            while chunk := file.read(_CHUNK):
                yield chunk

    return size, read()


def _json_result(job: Job, layouts: Iterator[dict[str, Any]]) -> Iterator[str]:
    """Yield the document page by page: a job of a thousand pages is never in memory at once."""
    yield f'{{"job": {json.dumps(asdict(JobView.of(job)))}, "items": ['
    separator = ""
    for layout in layouts:
        yield separator + json.dumps(layout, ensure_ascii=False)
        separator = ", "
    yield "]}"
