"""The route that submits jobs."""

from typing import Any

from litestar import Request, Response, post
from litestar.concurrency import sync_to_thread

from entrypoints.http.dependencies import AppSettings, Heavy, Jobs, Room, Sender, Service
from entrypoints.http.documentation import UploadOperation, problem_responses
from entrypoints.http.middleware.request_id import request_id
from entrypoints.http.parameters import JOBS
from entrypoints.http.routes.jobs import job_view
from entrypoints.http.upload import read_submission
from ocrcore.domain.errors import InvalidOption
from ocrcore.formats.views import JobView


@post(JOBS, status_code=202, tags=["jobs"], operation_class=UploadOperation, responses=problem_responses(413, 415))
async def submit_job(
    request: Request[Any, Any, Any],
    service: Service,
    jobs: Jobs,
    settings: AppSettings,
    sender: Sender,
    room: Room,
    heavy: Heavy,
) -> Response[JobView]:
    """Make one job of all files, or none."""
    async with read_submission(request, settings.policy, room) as submission:
        options = service.default_options.changed(submission.fields)
        about = {"name": submission.fields.get("name"), "request_id": request_id(request.scope)}
        key = _idempotency_key(request)
        if key is None:
            job = await heavy.run(jobs.submit, submission.uploads, options, **about)
            replayed = False
        else:
            made = await heavy.run(jobs.submit_once, submission.uploads, options, key=key, **about)
            job, replayed = made.job, made.replayed
    headers = {"location": f"{JOBS}/{job.id}"} | ({"idempotency-replayed": "true"} if replayed else {})
    send = None if replayed else sender.after_answer(job.id)
    view = await sync_to_thread(job_view, jobs, job)
    return Response(view, status_code=202, headers=headers, background=send)


def _idempotency_key(request: Request[Any, Any, Any]) -> str | None:
    """Return the idempotency key of the submission, or None. Raises ``InvalidOption`` if it has several."""
    keys = request.headers.getall("idempotency-key", [])
    if len(keys) > 1:
        msg = "There are several Idempotency-Key headers; send one."
        raise InvalidOption(msg)
    return keys[0] if keys else None
