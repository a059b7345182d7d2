"""The route that submits jobs."""

from typing import Any

from litestar import Request, Response, post
from litestar.concurrency import sync_to_thread
from litestar.openapi import ResponseSpec

from entrypoints.http.dependencies import AppSettings, Jobs, Sender, Service, Submissions
from entrypoints.http.documentation import UploadOperation, problem_responses
from entrypoints.http.intake import headers_of, idempotency_key
from entrypoints.http.parameters import JOBS
from entrypoints.http.routes.jobs import job_view
from entrypoints.http.routes.uploads import announce
from ocrcore.formats.views import DraftView, JobView


@post(
    JOBS,
    status_code=202,
    tags=["jobs"],
    operation_class=UploadOperation,
    responses={
        201: ResponseSpec(DraftView, description="A draft.", generate_examples=False),
        **problem_responses(413, 415),
    },
)
async def submit_job(
    request: Request[Any, Any, Any],
    service: Service,
    jobs: Jobs,
    settings: AppSettings,
    submissions: Submissions,
    sender: Sender,
) -> Response[JobView]:
    """Make one job of all files, or none.

    A JSON body, an ``Announcement``, announces the files instead: 201, with a draft and an address for each file to be
    uploaded to; submit the draft afterwards (``/submit``).
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() == "application/json":
        return await announce(request, service, jobs, settings, idempotency_key(request))
    made = await submissions.job(request, jobs)
    send = None if made.replayed else sender.after_answer(made.job.id)
    view = await sync_to_thread(job_view, jobs, made.job)
    return Response(view, status_code=202, headers=headers_of(made), background=send)
