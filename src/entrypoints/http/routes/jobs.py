"""The routes of jobs: list, read, rename, delete, cancel, retry, and a job's items."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, Final

from litestar import Controller, Request, Response, delete, get, patch, post
from litestar.concurrency import sync_to_thread
from litestar.dto import DataclassDTO, DTOConfig
from litestar.params import FromPath, JSONBody

from entrypoints.http.access import sharer_of
from entrypoints.http.client_gone import until_gone
from entrypoints.http.dependencies import Jobs, Sender, Watcher
from entrypoints.http.documentation import problem_responses
from entrypoints.http.lists import (
    ItemList,
    JobList,
    few_items,
    few_jobs,
    instant,
    item_cursor,
    item_list,
    job_cursor,
    job_list,
)
from entrypoints.http.middleware.request_id import cause_of
from entrypoints.http.parameters import (
    JOBS,
    After,
    AsRead,
    Before,
    Cursor,
    Limit,
    OfItems,
    OfJobs,
    Prefix,
    Wait,
    job_uuid,
)
from entrypoints.http.problems import NAME_FORM, answers_to_json, require_json
from entrypoints.http.watcher import wait_time
from ocrcore import Item, Job, JobCursor, JobFilter, OwnerJobs
from ocrcore.formats.views import JobView

#: Most bytes of a rename: enough for 255 escaped characters and much white space.
_MOST_JSON: Final = 16_384


@dataclass(frozen=True, slots=True)
class Rename:
    """The parts of a job that may be changed."""

    name: str


class JobRoutes(Controller):
    """The routes under ``/api/v1/jobs``, without submissions, results and timelines."""

    path = JOBS
    tags = ("jobs",)

    @get(sync_to_thread=True, responses=problem_responses())
    def list_jobs(
        self,
        jobs: Jobs,
        status: OfJobs = None,
        name: Prefix = "",
        created_after: After = None,
        created_before: Before = None,
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> JobList:
        """List jobs, newest first; fewer than ``limit`` if they have very many warnings."""
        only = JobFilter(
            status=status,
            name_prefix=name,
            created_after=instant("created_after", created_after),
            created_before=instant("created_before", created_before),
        )
        start = job_cursor(cursor)

        def look(last: Job | None, most: int) -> Sequence[Job]:
            return jobs.list(only, after=start if last is None else JobCursor(last.created_at, last.id), limit=most)

        found, has_more = few_jobs(limit, look)
        return job_list(found, jobs.blocked_by(*found), has_more=has_more)

    @get("/{job_id:str}", responses=problem_responses(404))
    async def get_job(
        self,
        request: Request[Any, Any, Any],
        jobs: Jobs,
        watcher: Watcher,
        job_id: FromPath[str],
        wait: Wait = None,
    ) -> JobView:
        """Return a job; with ``wait`` (at most 30s), once it is finished or the time is over."""
        job = await watcher.finished_job(
            jobs, job_uuid(job_id), wait_time(wait), partial(until_gone, request), sharer=sharer_of(request.scope)
        )
        return await sync_to_thread(job_view, jobs, job)

    @patch(
        "/{job_id:str}",
        sync_to_thread=True,
        dto=DataclassDTO[Annotated[Rename, DTOConfig(forbid_unknown_fields=True)]],
        return_dto=None,
        request_max_body_size=_MOST_JSON,
        guards=[require_json],
        exception_handlers=answers_to_json(NAME_FORM),
        responses=problem_responses(404, 413),
    )
    def rename_job(self, jobs: Jobs, job_id: FromPath[str], data: JSONBody[Rename]) -> JobView:
        """Rename a job."""
        return job_view(jobs, jobs.rename(job_uuid(job_id), data.name))

    @delete("/{job_id:str}", sync_to_thread=True, responses=problem_responses(404))
    def delete_job(self, jobs: Jobs, job_id: FromPath[str]) -> None:
        """Delete a job, its texts and its files."""
        jobs.delete(job_uuid(job_id))

    @post("/{job_id:str}/cancel", status_code=200, sync_to_thread=True, responses=problem_responses(404, 409))
    def cancel_job(self, jobs: Jobs, job_id: FromPath[str]) -> JobView:
        """Cancel a job; finished pages keep their results."""
        return job_view(jobs, jobs.cancel(job_uuid(job_id)))

    @post("/{job_id:str}/retry", status_code=202, sync_to_thread=True, responses=problem_responses(404, 409))
    def retry_job(
        self, request: Request[Any, Any, Any], jobs: Jobs, sender: Sender, job_id: FromPath[str]
    ) -> Response[JobView]:
        """Queue a finished job's ERROR items again, without a new upload."""
        job = jobs.retry(job_uuid(job_id), request_id=cause_of(request.scope))
        return Response(job_view(jobs, job), background=sender.after_answer(job.id))

    @get("/{job_id:str}/items", sync_to_thread=True, responses=problem_responses(404))
    def list_items(
        self,
        jobs: Jobs,
        job_id: FromPath[str],
        status: OfItems = None,
        limit: Limit = 50,
        cursor: Cursor = None,
        as_: AsRead = "corrected",
    ) -> ItemList:
        """List a job's items, by position; fewer than ``limit`` if their texts are long."""
        job, start = job_uuid(job_id), item_cursor(cursor)

        def look(last: Item | None, most: int) -> Sequence[Item]:
            return jobs.items(job, status=status, after=start if last is None else last.position, limit=most)

        found, has_more = few_items(limit, look)
        return item_list(found, has_more=has_more, recognised=as_ == "recognised")


def job_view(jobs: OwnerJobs, job: Job) -> JobView:
    """Return the view of a job, with the reason if it makes no progress."""
    (blocked_by,) = jobs.blocked_by(job)
    return JobView.of(job, blocked_by)
