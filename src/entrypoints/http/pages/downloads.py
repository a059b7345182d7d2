"""Downloads of the pages: results to be saved. What cannot be made is told on a page, not as the JSON of the API."""

from typing import Any

from litestar import Request, get
from litestar.concurrency import sync_to_thread
from litestar.params import FromPath
from litestar.response import Stream

from entrypoints.http.dependencies import Heavy, Jobs
from entrypoints.http.pages.rendering import Templates
from entrypoints.http.pages.views import ItemCard
from entrypoints.http.parameters import FormatName, item_uuid, job_uuid
from entrypoints.http.routes.images import saved_as
from entrypoints.http.routes.results import item_stream, job_stream
from ocrcore.formats.registry import DEFAULT, Format, format_named


@get("/jobs/{job_id:str}/result", include_in_schema=False)
async def download_job(
    request: Request[Any, Any, Any],
    jobs: Jobs,
    heavy: Heavy,
    job_id: FromPath[str],
    format: FormatName = DEFAULT,  # noqa: A002 - a part of the address
) -> Stream:
    """Return the result of a finished job, to be saved under its name."""
    job = await sync_to_thread(jobs.get, job_uuid(job_id))
    chosen = format_named(format)
    return _saved(await job_stream(request, jobs, heavy, job.id, chosen, "corrected"), job.name, chosen)


@get("/items/{item_id:str}/result", include_in_schema=False)
async def download_item(
    request: Request[Any, Any, Any],
    pages: Templates,
    jobs: Jobs,
    heavy: Heavy,
    item_id: FromPath[str],
    format: FormatName = DEFAULT,  # noqa: A002
) -> Stream:
    """Return the result of a page, to be saved under the name of its file."""
    item = await sync_to_thread(jobs.item, item_uuid(item_id))
    chosen = format_named(format)
    stream = await item_stream(request, jobs, heavy, item.id, chosen, "corrected")
    return _saved(stream, ItemCard(item, pages.say).name, chosen)


def _saved(answer: Stream, name: str, chosen: Format) -> Stream:
    answer.headers["content-disposition"] = saved_as(f"{name}{chosen.suffix}")
    return answer
