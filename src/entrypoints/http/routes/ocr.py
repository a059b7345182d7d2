"""The route that reads files in one request: a submission, the wait for its job, and the result."""

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, Final

from litestar import Request, Response, post
from litestar.concurrency import sync_to_thread
from litestar.openapi import ResponseSpec
from litestar.response import Stream

from entrypoints.http.access import sharer_of
from entrypoints.http.client_gone import until_gone
from entrypoints.http.dependencies import Heavy, Jobs, Sender, Submissions, Watcher
from entrypoints.http.documentation import UploadOperation
from entrypoints.http.intake import headers_of
from entrypoints.http.parameters import OCR, FormatName, WaitForText
from entrypoints.http.problems import answer
from entrypoints.http.routes.jobs import job_view
from entrypoints.http.routes.results import JobDocument, ResultOperation, result_responses
from entrypoints.http.spooled import spooled_for
from entrypoints.http.told import Told
from entrypoints.http.watcher import wait_time
from ocrcore import OcrError
from ocrcore.formats.registry import DEFAULT, format_named
from ocrcore.formats.views import JobView

#: The wait of a request that names none, and the longest.
_USUAL, LONGEST_WAIT = timedelta(seconds=30), timedelta(seconds=60)
_JOB: Final = ResponseSpec(JobView, description="The job, which is not finished yet.", generate_examples=False)


@dataclass
class ReadOperation(UploadOperation, ResultOperation):
    """The operation of a submission that is answered with its result."""

    def __post_init__(self) -> None:
        """Describe the body, and the formats of the result."""
        UploadOperation.__post_init__(self)
        ResultOperation.__post_init__(self)


@post(
    OCR,
    status_code=200,
    tags=["jobs"],
    operation_class=ReadOperation,
    responses={202: _JOB, **result_responses(JobDocument, 413, 415)},
)
async def read_files(  # noqa: PLR0913, PLR0917 - each is a part of the request, or one of the helpers that it needs
    request: Request[Any, Any, Any],
    jobs: Jobs,
    submissions: Submissions,
    sender: Sender,
    watcher: Watcher,
    heavy: Heavy,
    format: FormatName = DEFAULT,  # noqa: A002 - the contract's name
    wait: WaitForText = None,
) -> Response[Any]:
    """Return the result of the files if it is there in time, else 202 and the job, as a submission does.

    The headers of a result are those of the result of a job.

    The job stays, at the address in Location. If no page of it has a text, the answer is a problem of status 422 with
    the code of the first page.
    """
    chosen, longest = format_named(format), wait_time(wait, default=_USUAL, most=LONGEST_WAIT)
    made = await submissions.job(request, jobs)
    if not made.replayed:
        sender.send(made.job.id)
    job = await watcher.finished_job(
        jobs, made.job.id, longest, partial(until_gone, request), sharer=sharer_of(request.scope)
    )
    if job.is_open:
        return Response(await sync_to_thread(job_view, jobs, job), status_code=202, headers=headers_of(made))
    told = Told()
    try:
        size, document = await spooled_for(request, jobs, heavy, lambda: chosen.job(told.of(jobs.read_result(job.id))))
    except OcrError as error:
        refused = answer(request, error)
        refused.headers.update(headers_of(made))
        return refused
    headers = {**headers_of(made), **told.headers, "content-length": str(size)}
    return Stream(document, media_type=chosen.media_type, headers=headers)
