"""The route that submits jobs."""

from typing import Any

from litestar import Request, Response, post
from litestar.concurrency import sync_to_thread

from entrypoints.http.dependencies import Jobs, Sender, Submissions
from entrypoints.http.documentation import UploadOperation, problem_responses
from entrypoints.http.intake import headers_of
from entrypoints.http.parameters import JOBS
from entrypoints.http.routes.jobs import job_view
from ocrcore.formats.views import JobView


@post(JOBS, status_code=202, tags=["jobs"], operation_class=UploadOperation, responses=problem_responses(413, 415))
async def submit_job(
    request: Request[Any, Any, Any], jobs: Jobs, submissions: Submissions, sender: Sender
) -> Response[JobView]:
    """Make one job of all files, or none."""
    made = await submissions.job(request, jobs)
    send = None if made.replayed else sender.after_answer(made.job.id)
    view = await sync_to_thread(job_view, jobs, made.job)
    return Response(view, status_code=202, headers=headers_of(made), background=send)
