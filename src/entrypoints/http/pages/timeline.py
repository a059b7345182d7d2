"""The page of what happened to a job: a picture of the attempts at its pages, and the entries of the audit log."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final
from urllib.parse import urlencode

from litestar import Response, get
from litestar.params import FromPath, FromQuery

from entrypoints.http.dependencies import Jobs
from entrypoints.http.pages.home import rows_of
from entrypoints.http.pages.job import allowed
from entrypoints.http.pages.rendering import Templates
from entrypoints.http.pages.speech import Speech
from entrypoints.http.pages.views import elapsed, short_name
from entrypoints.http.parameters import job_uuid
from entrypoints.http.routes.timeline import entry_cursor, entry_list
from ocrcore import AuditEntry
from ocrcore.domain.audit import BY, TRIES, WORKER, AuditAction
from ocrcore.domain.looks import looks_from_text
from ocrcore.formats.registry import FORMATS

#: Entries of a timeline that are shown at a time.
_ENTRIES: Final = 300
#: Most pages that have a lane each; of more, each worker has as many lanes as it read pages at a time.
MOST_PAGES: Final = 24
#: The breadth of the picture, and the least of an attempt in it.
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
#: Actions since which every page of the job waits that has no text.
_QUEUED: Final = frozenset({AuditAction.JOB_CREATED, AuditAction.JOB_RETRIED})

Look = Mapping[str, str | float | None]


@dataclass(frozen=True, slots=True)
class Bar:
    """An attempt in the picture, or the time that a page waited for it."""

    lane: int
    #: Of 1000.
    start: float
    width: float
    #: ``done``, ``error``, ``released``, ``open``, or ``waiting``.
    kind: str
    label: str
    item_id: str
    #: What stands in it, or "" where there is no room.
    text: str = ""
    #: Start and width of the second and later looks at the page in it.
    looks: Sequence[tuple[float, float]] = ()


@dataclass(frozen=True, slots=True)
class Picture:
    """The attempts at the pages of a job over time."""

    bars: Sequence[Bar]
    #: How many lanes there are.
    lanes: int
    #: The marks of the time axis: place and text.
    ticks: Sequence[tuple[int, str]]
    #: Whether each page has a lane of its own, and so shows how long it waited.
    by_page: bool = True


@dataclass(slots=True)
class _Attempt:
    """An attempt as the entries tell it."""

    item_id: str
    number: int
    position: int
    worker: str
    #: When its page began to wait for it; None if that is not among the entries.
    queued_at: datetime | None
    begun_at: datetime
    ended_at: datetime | None = None
    #: The action that ended it; "" if another attempt at the page began without one.
    ended_by: str = ""
    looks: Sequence[Look] = field(default_factory=list)


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
    return pages.answer(
        "timeline.html",
        row=rows_of(jobs, pages.say, job)[0],
        job=job,
        view="timeline",
        entries=_told(entries, pages.say),
        picture=picture_of(entries, pages.say, is_open=job.is_open and after is None, goes_on=after is not None),
        more=None if after is None else "?" + urlencode({"cursor": after}),
        is_first=cursor is None,
        formats=list(FORMATS),
        may=allowed(jobs, job),
        is_open=job.is_open,
    )


def picture_of(entries: Sequence[AuditEntry], say: Speech, *, is_open: bool, goes_on: bool = False) -> Picture:
    """Return the picture of the attempts in these entries.

    Where further entries follow (``goes_on``), an attempt may end in them.
    """
    attempts = list(_attempts(entries))
    if not attempts:
        return Picture((), 0, ())
    begin, end = _time(entries, say, is_open=is_open)
    scale = _BREADTH / max(elapsed(begin, end).total_seconds(), 0.001)
    pages = sorted({(attempt.position, attempt.item_id) for attempt in attempts})
    by_page = len(pages) <= MOST_PAGES
    lanes: Sequence[int]
    if by_page:
        places = {item_id: lane for lane, (_, item_id) in enumerate(pages)}
        lanes = [places[attempt.item_id] for attempt in attempts]
    else:
        lanes = _lanes_of_workers(attempts, end, timedelta(seconds=_LEAST / scale))
    draw = _Draughtsman(say, begin, end, scale, "end.later" if goes_on else "end.open" if is_open else "end.lost")
    bars = [bar for attempt, lane in zip(attempts, lanes, strict=True) if by_page for bar in draw.wait(attempt, lane)]
    bars += [draw.attempt(attempt, lane) for attempt, lane in zip(attempts, lanes, strict=True)]
    return Picture(bars, max(lanes) + 1, draw.ticks, by_page)


@dataclass(frozen=True, slots=True)
class _Draughtsman:
    say: Speech
    begin: datetime
    end: datetime
    #: Of the breadth, for each second.
    scale: float
    #: What is said of an attempt without an end.
    without_end: str

    def attempt(self, attempt: _Attempt, lane: int) -> Bar:
        """Return the bar of an attempt."""
        until = attempt.ended_at or self.end
        start, width = self._place(attempt.begun_at, until)
        width = max(width, _LEAST)
        how = f"end.{attempt.ended_by}" if attempt.ended_by else "end.lost" if attempt.ended_at else self.without_end
        page, number = self.say("job.page", n=attempt.position + 1), str(attempt.position + 1)
        span = self.say.fine_span(elapsed(attempt.begun_at, until))
        told = [self.say("timeline.attempt", page=page, n=attempt.number, end=self.say(how), span=span)]
        told += [self.say("timeline.worker", id=short_name(attempt.worker))] if attempt.worker else []
        told += _told_looks(attempt.looks, self.say)
        return Bar(
            lane,
            round(start, 2),
            round(width, 2),
            _ENDS.get(attempt.ended_by, "open"),
            ", ".join(told),
            attempt.item_id,
            page if width > _LETTER * len(page) else number if width > _LETTER * len(number) else "",
            self._looks(attempt.looks, start, width),
        )

    def wait(self, attempt: _Attempt, lane: int) -> Iterator[Bar]:
        """Yield the bar of the time that a page waited before an attempt, if it did."""
        if attempt.queued_at is None or attempt.queued_at >= attempt.begun_at:
            return
        start, width = self._place(attempt.queued_at, attempt.begun_at)
        page = self.say("job.page", n=attempt.position + 1)
        label = self.say(
            "timeline.wait", page=page, span=self.say.fine_span(elapsed(attempt.queued_at, attempt.begun_at))
        )
        yield Bar(lane, round(start, 2), round(width, 2), "waiting", label, attempt.item_id)

    @property
    def ticks(self) -> Sequence[tuple[int, str]]:
        """The marks of the time axis: place and text."""
        whole = elapsed(self.begin, self.end)
        return [(0, "0"), (_BREADTH // 2, self.say.fine_span(whole / 2)), (_BREADTH, self.say.fine_span(whole))]

    def _place(self, start: datetime, until: datetime) -> tuple[float, float]:
        return (
            elapsed(self.begin, start).total_seconds() * self.scale,
            elapsed(start, until).total_seconds() * self.scale,
        )

    def _looks(self, looks: Sequence[Look], start: float, width: float) -> Sequence[tuple[float, float]]:
        """Return where the looks after the first are in a bar: one after the other, the last until its end."""
        at, places = 0.0, list[float]()
        for look in looks[:-1]:
            at += float(look.get("milliseconds") or 0) / 1000 * self.scale
            places.append(round(start + min(at, width), 2))
        return [(place, round(after - place, 2)) for place, after in pairwise([*places, round(start + width, 2)])]


def _attempts(entries: Sequence[AuditEntry]) -> Iterator[_Attempt]:
    """Yield the attempts that began in these entries."""
    last = dict[str, _Attempt]()
    queued: datetime | None = None
    waits = dict[str, datetime]()
    for entry in entries:
        if entry.action in _QUEUED:
            queued, waits = entry.at, {}
        item_id, detail = str(entry.detail.get("item_id", "")), entry.detail
        now = last.get(item_id)
        if entry.action is AuditAction.ITEM_CLAIMED:
            if now is not None and now.ended_at is None:
                now.ended_at = entry.at
            since = None if detail.get("why") else waits.get(item_id, queued)
            number, position = int(detail.get("attempt", 0)), int(detail.get("position", 0))
            last[item_id] = _Attempt(item_id, number, position, str(detail.get(BY, "")), since, entry.at)
            yield last[item_id]
        elif entry.action in _ENDS:
            waits[item_id] = entry.at
            if now is not None and now.number == detail.get("attempt"):
                now.ended_at, now.ended_by = entry.at, str(entry.action)
                now.looks = looks_from_text(str(detail[TRIES])) if TRIES in detail else []


def _lanes_of_workers(attempts: Sequence[_Attempt], end: datetime, least: timedelta) -> Sequence[int]:
    """Return the lane of each attempt: the first of its worker that is free. Lanes of a worker are side by side."""
    free: dict[str, list[datetime]] = {}
    places = []
    for attempt in attempts:
        own = free.setdefault(attempt.worker, [])
        place = next((row for row, at in enumerate(own) if at <= attempt.begun_at), len(own))
        own[place : place + 1] = [max(attempt.ended_at or end, attempt.begun_at + least)]
        places.append((attempt.worker, place))
    before, at = dict[str, int](), 0
    for worker, own in free.items():
        before[worker], at = at, at + len(own)
    return [before[worker] + place for worker, place in places]


def _told(entries: Sequence[AuditEntry], say: Speech) -> Sequence[tuple[AuditEntry, str, str]]:
    """Return each entry with what it tells of looks at its page, and whose attempt it is of; "" where nothing is known.

    The claim alone names the worker.
    """
    workers = {_attempt_of(entry): str(entry.detail[BY]) for entry in entries if BY in entry.detail}
    told = []
    for entry in entries:
        tries = looks_from_text(str(entry.detail[TRIES])) if TRIES in entry.detail else []
        worker = workers.get(_attempt_of(entry), "") if entry.actor == WORKER else ""
        told.append((entry, ", ".join(_told_looks(tries, say)), short_name(worker)))
    return told


def _attempt_of(entry: AuditEntry) -> tuple[object, object]:
    return entry.detail.get("item_id"), entry.detail.get("attempt")


def _told_looks(looks: Sequence[Look], say: Speech) -> Sequence[str]:
    """Return what there is to say of the looks at a page, if there was more than one."""
    if len(looks) < 2:  # noqa: PLR2004 - a second one
        return []
    outcome = str(looks[-1].get("outcome") or "")
    return [say("timeline.looks", len(looks)), *([said] if (said := say.known(f"look.{outcome}", outcome)) else [])]


def _time(entries: Sequence[AuditEntry], say: Speech, *, is_open: bool) -> tuple[datetime, datetime]:
    """Return begin and end of the picture: until now while the job is open, else until its last change.

    A job is looked at long after it is finished, which would leave no room for what happened before.
    """
    changes = [entry.at for entry in entries if entry.action not in _READS]
    begin, end = entries[0].at, max(changes, default=entries[0].at)
    return begin, max(end, say.now) if is_open else end
