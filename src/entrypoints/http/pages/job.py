"""The page of one job: its pages, and its timeline."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Final
from urllib.parse import urlencode

from litestar import Response, get
from litestar.params import FromPath, FromQuery, QueryParameter

from entrypoints.http.dependencies import Jobs
from entrypoints.http.pages.home import rows_of
from entrypoints.http.pages.rendering import Templates
from entrypoints.http.pages.speech import Speech
from entrypoints.http.pages.views import ItemCard, Lane, elapsed
from entrypoints.http.parameters import JOBS, job_uuid
from entrypoints.http.routes.timeline import entry_cursor, entry_list
from ocrcore import AuditEntry, ItemStatus, Job
from ocrcore.domain.audit import AuditAction
from ocrcore.domain.lifecycle import JOB_COMMANDS, JobCommand
from ocrcore.formats.registry import FORMATS

#: Pages that are shown at a time, and entries of a timeline.
CARDS: Final = 60
_ENTRIES: Final = 300
_LAST_POSITION: Final = 2**31 - 1
#: The breadth of the picture of a timeline, and the least of an attempt in it.
_BREADTH, _LEAST = 1000, 2
#: How broad a letter in an attempt is, with its share of what is free beside the text.
_LETTER: Final = 10
#: Actions that change nothing.
_READS: Final = frozenset({AuditAction.JOB_READ, AuditAction.RESULT_READ})
#: Action that ends an attempt -> the kind of its bar.
_ENDS: Final[Mapping[str, str]] = {
    AuditAction.ITEM_RECOGNISED: "done",
    AuditAction.ITEM_FAILED: "error",
    AuditAction.ITEM_RELEASED: "released",
}

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
        may=_allowed(job),
        is_open=job.is_open,
        events=f"{JOBS}/{job.id}/events?items=false" if job.is_open else None,
    )


@get("/jobs/{job_id:str}/timeline", include_in_schema=False, sync_to_thread=True)
def timeline_page(
    pages: Templates,
    jobs: Jobs,
    job_id: FromPath[str],
    cursor: FromQuery[str | None] = None,
) -> Response[str]:
    """Return the page with what happened to the job."""
    job = jobs.get(job_uuid(job_id))
    found = jobs.timeline(job.id, after=entry_cursor(cursor), limit=_ENTRIES + 1)
    after = entry_list(found, _ENTRIES).next_cursor
    entries = found[:_ENTRIES]
    lanes = list(_lanes(entries, pages.say, is_open=job.is_open and after is None, goes_on=after is not None))
    return pages.answer(
        "timeline.html",
        row=rows_of(jobs, pages.say, job)[0],
        job=job,
        view="timeline",
        entries=entries,
        lanes=lanes,
        most=max((lane.lane for lane in lanes), default=-1) + 1,
        ticks=_ticks(entries, pages.say, is_open=job.is_open and after is None),
        more=None if after is None else "?" + urlencode({"cursor": after}),
        is_first=cursor is None,
        formats=list(FORMATS),
        may=_allowed(job),
        is_open=job.is_open,
    )


@get("/jobs/{job_id:str}/delete", include_in_schema=False, sync_to_thread=True)
def delete_page(pages: Templates, jobs: Jobs, job_id: FromPath[str]) -> Response[str]:
    """Return the question whether to delete the job, for browsers without a script."""
    return pages.answer("delete.html", job=jobs.get(job_uuid(job_id)), is_open=False)


def _allowed(job: Job) -> frozenset[str]:
    """Return the commands that the rules allow now."""
    if job.submitted_at is None:
        return frozenset({JobCommand.RENAME.value, JobCommand.DELETE.value})
    return frozenset(command.value for command in JobCommand if JOB_COMMANDS[command, job.status] is None)


def _counted(job: Job) -> Sequence[tuple[ItemStatus, int]]:
    counts = job.counts
    numbers = counts.pending, counts.processing, counts.done, counts.error
    statuses = ItemStatus.PENDING, ItemStatus.PROCESSING, ItemStatus.DONE, ItemStatus.ERROR
    return [(status, count) for status, count in zip(statuses, numbers, strict=True) if count]


def _address(status: ItemStatus | None, first: int) -> str:
    chosen = ({"status": status.value} if status else {}) | ({"from": str(first)} if first else {})
    return "?" + urlencode(chosen)


def _lanes(entries: Sequence[AuditEntry], say: Speech, *, is_open: bool, goes_on: bool = False) -> Iterator[Lane]:
    """Yield the attempts, each in the first lane that is free: as many lanes as pages were read at a time.

    Where the entries go on after these, so may an attempt whose end is not among them.
    """
    if not entries:
        return
    begin, end = _time(entries, say, is_open=is_open)
    scale = _BREADTH / max(elapsed(begin, end).total_seconds(), 0.001)
    ends = {
        (entry.detail.get("item_id"), entry.detail.get("attempt")): entry for entry in entries if entry.action in _ENDS
    }
    without_end = "end.later" if goes_on else "end.open" if is_open else "end.lost"
    free: list[float] = []
    for entry in entries:
        if entry.action is not AuditAction.ITEM_CLAIMED:
            continue
        item, attempt = entry.detail.get("item_id"), entry.detail.get("attempt")
        last = ends.get((item, attempt))
        until = end if last is None else last.at
        start = elapsed(begin, entry.at).total_seconds() * scale
        width = max(elapsed(entry.at, until).total_seconds() * scale, _LEAST)
        lane = next((row for row, at in enumerate(free) if at <= start), len(free))
        free[lane : lane + 1] = [start + width]
        how = f"end.{last.action}" if last is not None else without_end
        kind = "open" if last is None else _ENDS[last.action]
        place = int(entry.detail.get("position", 0)) + 1
        page, number = say("job.page", n=place), str(place)
        label = say(
            "timeline.attempt",
            page=page,
            n=attempt,
            end=say(how),
            span=say.fine_span(elapsed(entry.at, until)),
        )
        text = page if width > _LETTER * len(page) else number if width > _LETTER * len(number) else ""
        yield Lane(lane, round(start, 2), round(width, 2), kind, label, str(item), text)


def _ticks(entries: Sequence[AuditEntry], say: Speech, *, is_open: bool) -> Sequence[tuple[int, str]]:
    """Return the marks of the time axis: place and text."""
    if not entries:
        return []
    whole = elapsed(*_time(entries, say, is_open=is_open))
    return [(0, "0"), (_BREADTH // 2, say.fine_span(whole / 2)), (_BREADTH, say.fine_span(whole))]


def _time(entries: Sequence[AuditEntry], say: Speech, *, is_open: bool) -> tuple[datetime, datetime]:
    """Return begin and end of the picture: until now while the job is open, else until its last change.

    A job is looked at long after it is finished, which would leave no room for what happened before.
    """
    changes = [entry.at for entry in entries if entry.action not in _READS]
    begin, end = entries[0].at, max(changes, default=entries[0].at)
    return begin, max(end, say.now) if is_open else end
