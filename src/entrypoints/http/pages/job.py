"""The page of one job: its pages."""

from collections.abc import Sequence
from typing import Annotated, Final
from urllib.parse import urlencode

from litestar import Response, get
from litestar.params import FromPath, FromQuery, QueryParameter

from entrypoints.http.dependencies import Jobs
from entrypoints.http.pages.home import rows_of
from entrypoints.http.pages.rendering import Templates
from entrypoints.http.pages.views import ItemCard
from entrypoints.http.parameters import JOBS, job_uuid
from ocrcore import ItemStatus, Job, OwnerJobs
from ocrcore.domain.codes import FILE_ERRORS
from ocrcore.domain.lifecycle import JOB_COMMANDS, JobCommand
from ocrcore.formats.registry import FORMATS

#: Pages that are shown at a time.
CARDS: Final = 60
#: Most failed pages that are asked whether it helps to read them again; of more it is supposed.
_LOOKED_AT: Final = 200
_LAST_POSITION: Final = 2**31 - 1

_First = Annotated[int, QueryParameter(name="from", ge=0, le=_LAST_POSITION)]


@get("/jobs/{job_id:str}", include_in_schema=False, sync_to_thread=True)
def job_page(
    pages: Templates,
    jobs: Jobs,
    job_id: FromPath[str],
    status: FromQuery[ItemStatus | None] = None,
    first: _First = 0,
    rename: FromQuery[bool] = False,  # noqa: FBT002 - a part of the address
) -> Response[str]:
    """Return the page with thumbnails; with ``rename``, its name in a form."""
    job = jobs.get(job_uuid(job_id))
    found = jobs.items(job.id, status=status, after=first - 1, limit=CARDS + 1)
    shown = found[:CARDS]
    more = found[CARDS].position if len(found) > CARDS else None
    return pages.answer(
        "job.html",
        row=rows_of(jobs, pages.say, job)[0],
        job=job,
        view="pages",
        cards=[ItemCard(item, pages.say) for item in shown],
        is_mixed=len({item.filename for item in shown}) > 1,
        status=status,
        statuses=_counted(job),
        first=first,
        next=None if more is None else _address(status, more),
        previous=_address(status, max(0, first - CARDS)) if first and status is None else None,
        start=_address(status, 0) if first else None,
        renames=rename,
        formats=list(FORMATS),
        may=allowed(jobs, job),
        is_open=job.is_open,
        events=f"{JOBS}/{job.id}/events?items=false" if job.is_open else None,
    )


@get("/jobs/{job_id:str}/delete", include_in_schema=False, sync_to_thread=True)
def delete_page(pages: Templates, jobs: Jobs, job_id: FromPath[str]) -> Response[str]:
    """Return the question whether to delete the job, for browsers without a script."""
    return pages.answer("delete.html", job=jobs.get(job_uuid(job_id)), is_open=False)


def allowed(jobs: OwnerJobs, job: Job) -> frozenset[str]:
    """Return the commands that the rules allow now; to read the failed pages again only where that may help."""
    if job.submitted_at is None:
        return frozenset({JobCommand.RENAME.value, JobCommand.DELETE.value})
    by_rule = frozenset(command.value for command in JobCommand if JOB_COMMANDS[command, job.status] is None)
    return by_rule if JobCommand.RETRY not in by_rule or _may_help(jobs, job) else by_rule - {JobCommand.RETRY.value}


def _may_help(jobs: OwnerJobs, job: Job) -> bool:
    """Return whether a failed page may be read another time; of very many it is supposed."""
    if job.counts.error > _LOOKED_AT:
        return True
    failed = jobs.items(job.id, status=ItemStatus.ERROR, limit=_LOOKED_AT)
    return any(item.error_code not in FILE_ERRORS for item in failed)


def _counted(job: Job) -> Sequence[tuple[ItemStatus, int]]:
    counts = job.counts
    numbers = counts.pending, counts.processing, counts.done, counts.error
    statuses = ItemStatus.PENDING, ItemStatus.PROCESSING, ItemStatus.DONE, ItemStatus.ERROR
    return [(status, count) for status, count in zip(statuses, numbers, strict=True) if count]


def _address(status: ItemStatus | None, first: int) -> str:
    chosen = ({"status": status.value} if status else {}) | ({"from": str(first)} if first else {})
    return "?" + urlencode(chosen)
