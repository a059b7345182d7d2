"""What the forms of the pages do. Each answers with the page to go on with (303), so that a reload repeats nothing."""

import io
from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.concurrency import sync_to_thread
from litestar.params import FromPath, FromQuery

from entrypoints.http.access import ANY_LOOK
from entrypoints.http.dependencies import AppSettings, Heavy, Jobs, Sender, Service, Submissions
from entrypoints.http.middleware.request_id import cause_of
from entrypoints.http.pages.assets import contents
from entrypoints.http.pages.forms import form_of
from entrypoints.http.pages.speech import choose, speech_for
from entrypoints.http.parameters import job_uuid
from entrypoints.http.same_site import own_path
from ocrcore import Upload

#: The name of the sample document in the package.
SAMPLE: Final = "sample.png"
#: Most bytes of a form without files.
_SMALL: Final = 16_384


@post("/jobs", include_in_schema=False)
async def send_files(
    request: Request[Any, Any, Any], jobs: Jobs, submissions: Submissions, sender: Sender
) -> Response[bytes]:
    """Make one job of the files of the form. Fields that are left empty count as missing."""
    made = await submissions.job(request, jobs, is_form=True)
    return _see_other(f"/jobs/{made.job.id}", sender.after_answer(made.job.id))


@post("/sample", include_in_schema=False, request_max_body_size=_SMALL)
async def send_sample(
    request: Request[Any, Any, Any], service: Service, jobs: Jobs, heavy: Heavy, sender: Sender
) -> Response[bytes]:
    """Make a job of the sample document."""
    say = speech_for(request, service.now())
    upload = Upload(SAMPLE, io.BytesIO(contents()[SAMPLE]))
    name = say("sample.name")
    job = await heavy.run(jobs.submit, [upload], name=name, request_id=cause_of(request.scope))
    return _see_other(f"/jobs/{job.id}", sender.after_answer(job.id))


@post("/jobs/{job_id:str}/rename", include_in_schema=False, request_max_body_size=_SMALL)
async def rename(request: Request[Any, Any, Any], jobs: Jobs, job_id: FromPath[str]) -> Response[bytes]:
    """Give the job the name in the form."""
    form = await form_of(request)
    job = await sync_to_thread(jobs.rename, job_uuid(job_id), str(form.get("name", "")))
    return _see_other(f"/jobs/{job.id}")


@post("/jobs/{job_id:str}/cancel", include_in_schema=False, sync_to_thread=True)
def cancel(jobs: Jobs, job_id: FromPath[str]) -> Response[bytes]:
    """Stop reading the job."""
    return _see_other(f"/jobs/{jobs.cancel(job_uuid(job_id)).id}")


@post("/jobs/{job_id:str}/retry", include_in_schema=False, sync_to_thread=True)
def retry(request: Request[Any, Any, Any], jobs: Jobs, sender: Sender, job_id: FromPath[str]) -> Response[bytes]:
    """Read the failed pages of the job again."""
    job = jobs.retry(job_uuid(job_id), request_id=cause_of(request.scope))
    return _see_other(f"/jobs/{job.id}", sender.after_answer(job.id))


@post("/jobs/{job_id:str}/delete", include_in_schema=False, sync_to_thread=True)
def delete(jobs: Jobs, job_id: FromPath[str]) -> Response[bytes]:
    """Delete the job."""
    jobs.delete(job_uuid(job_id))
    return _see_other("/")


@get("/language", include_in_schema=False, opt=ANY_LOOK)
async def choose_language(
    request: Request[Any, Any, Any], settings: AppSettings, to: FromQuery[str] = "en", back: FromQuery[str] = "/"
) -> Response[bytes]:
    """Remember the language of the pages, and go back to the page that the reader came from."""
    answer = _see_other(own_path(back))
    choose(answer, to, path=settings.base_path, secure=request.scope["scheme"] == "https")
    return answer


def _see_other(path: str, background: Any = None) -> Response[bytes]:  # noqa: ANN401 - a background task
    return Response(b"", status_code=303, headers={"location": path}, background=background)
