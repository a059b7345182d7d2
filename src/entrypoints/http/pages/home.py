"""The page of all documents: to send files, to watch jobs, and to search."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Final
from urllib.parse import urlencode

from litestar import Response, get
from litestar.params import FromQuery, QueryParameter

from entrypoints.http.dependencies import AppSettings, Jobs, Service
from entrypoints.http.lists import job_cursor, number_cursor, seal, seal_place
from entrypoints.http.pages.actions import SAMPLE
from entrypoints.http.pages.rendering import Templates
from entrypoints.http.pages.speech import Speech
from entrypoints.http.pages.views import JobRow
from entrypoints.http.parameters import EVENTS
from entrypoints.settings import Settings
from ocrcore import Job, JobCursor, JobFilter, JobStatus, OwnerJobs
from ocrcore.domain.errors import InvalidPage
from ocrcore.domain.layout import around, turned_box, turned_size
from ocrcore.domain.media import SUFFIXES
from ocrcore.domain.options import PDF_TEXT, QUALITIES, TURNS
from ocrcore.domain.search_hit import Hit

_ROWS: Final = 25
_HITS: Final = 20
#: The strip of a hit: what is seen above and below its words, in their height; its breadth, in its own height; and
#: the least height of a word that the margin is of.
_MARGIN, _BREADTH, _SMALLEST = 0.7, 17, 8

_Status = Annotated[JobStatus | None, QueryParameter(description="Only jobs of this status.")]


@dataclass(frozen=True, slots=True)
class Strip:
    """A hit of a search: where its words are on the page."""

    hit: Hit
    #: The size of the page as it lies, and the part of the page, turned as it was read, that is shown: x, y, width and
    #: height.
    size: tuple[int, int]
    part: tuple[int, int, int, int] | None


@get("/", include_in_schema=False, sync_to_thread=True)
def home(  # noqa: PLR0913, PLR0917 - each is a part of the address, or a helper
    pages: Templates,
    service: Service,
    jobs: Jobs,
    settings: AppSettings,
    status: _Status = None,
    name: FromQuery[str] = "",
    q: FromQuery[str] = "",
    cursor: FromQuery[str | None] = None,
) -> Response[str]:
    """Return the page."""
    options = {"quality": QUALITIES, "rotate": TURNS, "pdf_text": PDF_TEXT}
    common = {
        "q": q,
        "name": name,
        "status": status,
        "statuses": list(JobStatus),
        "options": options,
        "installed": service.languages,
        "default_languages": "+".join(service.default_options.languages),
        "most_bytes": pages.say.size(settings.max_file_bytes),
        "most": _most(pages.say, settings),
        "suffixes": ",".join(sorted(SUFFIXES)),
        "examples": pages.examples(SAMPLE),
    }
    if q.strip():
        return pages.answer("search.html", **common, **_found(jobs, q, cursor))
    listed = _listed(jobs, pages.say, status, name.strip(), cursor)
    return pages.answer("home.html", **common, **listed, events=f"{EVENTS}?items=false")


def _most(say: Speech, settings: Settings) -> Mapping[str, object]:
    """Return what a request may have at most, and how that is said."""
    return {
        "files": settings.max_files,
        "file": settings.max_file_bytes,
        "bytes": settings.max_body_bytes,
        "said": {"file": say.size(settings.max_file_bytes), "bytes": say.size(settings.max_body_bytes)},
    }


def _listed(jobs: OwnerJobs, say: Speech, status: JobStatus | None, name: str, cursor: str | None) -> dict[str, object]:
    shown, place = _found_jobs(jobs, status, name, job_cursor(cursor))
    rows = rows_of(jobs, say, *shown)
    chosen = {"status": status, "name": name}
    after = None if place is None else seal_place(place.created_at, place.id)
    return {
        "rows": rows,
        "blocked_by": _common_reason(rows),
        "is_first": cursor is None,
        "is_empty": not rows and status is None and not name and cursor is None,
        "is_open": any(row.job.is_open for row in rows),
        "newest": "?" + _query(**chosen),
        "older": "?" + _query(**chosen, cursor=after) if after else None,
    }


def _common_reason(rows: Sequence[JobRow]) -> str | None:
    """Return why several jobs do not progress, if that is the same: it is said once, above all of them."""
    reasons = [row.blocked_by for row in rows if row.blocked_by]
    return reasons[0] if len(reasons) > 1 and len(set(reasons)) == 1 else None


def _found_jobs(
    jobs: OwnerJobs, status: JobStatus | None, name: str, after: JobCursor | None
) -> tuple[Sequence[Job], JobCursor | None]:
    """Return the jobs of a page, and where the next one begins, if there is one."""
    if name:
        named = jobs.find_named(name, status=status, after=after, limit=_ROWS)
        return named.jobs, named.after
    found = jobs.list(JobFilter(status), after=after, limit=_ROWS + 1)
    shown = found[:_ROWS]
    return shown, JobCursor(shown[-1].created_at, shown[-1].id) if len(found) > _ROWS else None


def rows_of(jobs: OwnerJobs, say: Speech, *shown: Job) -> list[JobRow]:
    """Return the rows of jobs."""
    reasons = [None if why is None else say.tell(why) for why in jobs.why_blocked(*shown)]
    return [JobRow(job, reason, say) for job, reason in zip(shown, reasons, strict=True)]


def _found(jobs: OwnerJobs, q: str, cursor: str | None) -> dict[str, object]:
    try:
        hits = jobs.search(q, before=number_cursor(cursor), limit=_HITS)
    except InvalidPage as error:
        return {"strips": [], "more": None, "refusal": str(error), "is_open": False}
    strips = [_strip(hit) for hit in hits.hits]
    more = None if hits.before is None else "?" + _query(q=q, cursor=seal(str(hits.before)))
    return {"strips": strips, "more": more, "refusal": None, "is_open": False}


def _strip(hit: Hit) -> Strip:
    """Return the strip of a hit."""
    size = hit.width or 1, hit.height or 1
    return Strip(hit, size, _part(hit, size) if hit.boxes else None)


def _part(hit: Hit, size: tuple[int, int]) -> tuple[int, int, int, int]:
    """Return the part of the page, turned as it was read, around the first line of words that were found."""
    width, height = turned_size(size, hit.rotation)
    first, *others = (turned_box(box, size, hit.rotation) for box in hit.boxes)
    near = [first, *(box for box in others if abs(box[1] - first[1]) <= first[3] - first[1])]
    left, top, right, bottom = around(near)
    margin = int(_MARGIN * max(bottom - top, _SMALLEST))
    y0, y1 = max(0, top - margin), min(height, bottom + margin)
    wide = min(width, max(right - left + 2 * margin, _BREADTH * (y1 - y0)))
    x0 = min(max(0, (left + right - wide) // 2), width - wide)
    return x0, y0, wide, y1 - y0


def _query(**values: object) -> str:
    return urlencode({name: str(value) for name, value in values.items() if value})
