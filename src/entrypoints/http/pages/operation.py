"""The page of how the service is: for whoever runs it all of it, for its users whether it works, and what is theirs.

What it shows of all owners comes from looks that all viewers share, so many of them cost no more than one.
"""

import shutil
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import UUID

from litestar import Response, get
from litestar.concurrency import sync_to_thread

from entrypoints.http.access import ANY_LOOK
from entrypoints.http.dependencies import AppSettings, Jobs, Ready, Service
from entrypoints.http.pages.rendering import Pages, Templates
from entrypoints.http.pages.speech import Speech
from entrypoints.http.pages.views import short_name
from entrypoints.settings import Settings
from ocrcore import OcrService, OwnerJobs
from ocrcore.application.probes import Failing
from ocrcore.domain.codes import ProblemCode
from ocrcore.domain.errors import DatabaseUnavailable
from ocrcore.domain.fleet import BeingRead, Fleet, WorkerReport
from ocrcore.domain.lifecycle import ItemStatus, JobStatus
from ocrcore.domain.overview import LastHour

#: Statuses in the order in which people count.
_JOBS: Final = (JobStatus.PENDING, JobStatus.PROCESSING, JobStatus.DONE, JobStatus.ERROR, JobStatus.EXPIRED)
_ITEMS: Final = (ItemStatus.PENDING, ItemStatus.PROCESSING, ItemStatus.DONE, ItemStatus.ERROR)
#: The plot: its height, the breadth of a minute, and the least height of a minute with pages.
_HEIGHT, _MINUTE, _LEAST = 160, 12, 2.0
#: The numbers that an axis ends with: these times a power of ten.
_ROUND: Final = (1, 2, 4, 5, 10)
#: Bytes below which a disk is nearly full, as for the alarm.
_LOW: Final = 2_000_000_000


@dataclass(frozen=True, slots=True)
class Bar:
    """A minute of the plot."""

    x: int
    y: float
    height: float
    label: str


@dataclass(frozen=True, slots=True)
class Plot:
    """The pages of each minute of the last hour."""

    bars: Sequence[Bar]
    #: What the upper end of its axis stands for, in pages.
    top: int
    #: The plot in words.
    label: str
    width: int = 60 * _MINUTE
    height: int = _HEIGHT

    @classmethod
    def of(cls, hour: LastHour, say: Speech) -> "Plot":
        """Return the plot of an hour."""
        at, most = hour.most
        top = round_top(most)
        bars = [
            Bar(place * _MINUTE + 1, round(_HEIGHT - height, 1), round(height, 1), _minute(say, minute, number))
            for place, (minute, number) in enumerate(hour.minutes)
            if (height := max(_LEAST, _HEIGHT * number / top) if number else 0.0)
        ]
        if not most:
            return cls(bars, top, say("operation.hour.none"))
        total = say("count.pages", hour.total)
        return cls(bars, top, say("operation.hour.label", total=total, most=say.number(most), at=f"{at:%H:%M} UTC"))


@dataclass(frozen=True, slots=True)
class Disk:
    """The room on a disk."""

    #: What is kept on it.
    words: str
    free: int
    whole: int

    @property
    def is_low(self) -> bool:
        """Whether it is nearly full."""
        return self.free < _LOW

    @property
    def used(self) -> float:
        """How full it is, of 100."""
        return round(100 * (1 - self.free / self.whole), 1) if self.whole else 100.0


@dataclass(frozen=True, slots=True)
class WorkerRow:
    """A process, and the pages that it reads."""

    #: None for pages of workers that sent no report, as of older releases, or whose reports are gone.
    report: WorkerReport | None
    is_live: bool
    reads: Sequence[BeingRead]
    #: The part of its id that people tell it by.
    name: str = ""


def workers_of(fleet: Fleet, being_read: Sequence[BeingRead]) -> Sequence[WorkerRow]:
    """Return a row for each process that reported itself, and one for pages of others, if there are any."""
    reads: dict[UUID | None, list[BeingRead]] = {report.id: [] for report in fleet.reports}
    others = list[BeingRead]()
    for page in being_read:
        reads.get(page.worker, others).append(page)
    rows = [
        WorkerRow(report, report.is_live(fleet.now), reads[report.id], short_name(str(report.id)))
        for report in fleet.reports
    ]
    return [*rows, WorkerRow(None, is_live=True, reads=others)] if others else rows


@get("/status", include_in_schema=False, opt=ANY_LOOK)
async def status_page(
    pages: Templates, service: Service, jobs: Jobs, readiness: Ready, settings: AppSettings
) -> Response[str]:
    """Return the page."""
    failing = await readiness.watch()
    if pages.is_operator:
        return await sync_to_thread(_for_operators, pages, service, jobs.caller.owner, failing, settings)
    return await sync_to_thread(_for_users, pages, service, jobs, failing)


def _for_operators(
    pages: Pages, service: OcrService, owner: str, failing: Sequence[Failing], settings: Settings
) -> Response[str]:
    say, common = pages.say, {"failing": failing, "disks": disks_of(settings, pages.say), "is_open": False}
    try:
        seen, found = service.overview(), service.glance()
    except DatabaseUnavailable:
        sentence = away_sentence(say, failing or [Failing("database", ProblemCode.DATABASE_UNAVAILABLE, say.now)])
        return pages.answer("status.html", sentence=sentence, is_well=False, fleet=None, **common)
    fleet = seen.fleet
    return pages.answer(
        "status.html",
        sentence=sentence_of(say, fleet, failing),
        is_well=not failing and bool(fleet.live),
        fleet=fleet,
        owner=owner,
        workers=workers_of(fleet, seen.being_read),
        plot=Plot.of(seen.hour, say),
        dead_letters=seen.dead_letters,
        glance=found,
        jobs=[(status, seen.totals.jobs[status]) for status in _JOBS],
        items=[(status, seen.totals.items[status]) for status in _ITEMS],
        **common,
    )


def _for_users(pages: Pages, service: OcrService, jobs: OwnerJobs, failing: Sequence[Failing]) -> Response[str]:
    say, usage = pages.say, jobs.usage()
    works = bool(service.overview().fleet.live)
    key = "operation.own.away" if failing else "operation.own.well" if works else "operation.own.silent"
    return pages.answer(
        "own_status.html",
        sentence=say(key),
        is_well=works and not failing,
        waiting=say("count.pages", usage.open_items) if usage.open_items else say("operation.none"),
        stored=say.size(usage.stored_bytes),
        is_open=False,
    )


def sentence_of(say: Speech, fleet: Fleet, failing: Sequence[Failing]) -> str:
    """Return how the service is, in one sentence."""
    if failing:
        return away_sentence(say, failing)
    if not fleet.live:
        seen = [report.seen_at for report in fleet.reports if report.has_read]
        return say("operation.silent", when=say.ago(max(seen))) if seen else say("operation.nobody")
    waiting = say("operation.waiting", fleet.volume.pending) if fleet.volume.pending else say("operation.idle")
    return say("operation.well", workers=say("operation.workers", len(fleet.live)), waiting=waiting)


def away_sentence(say: Speech, failing: Sequence[Failing]) -> str:
    """Return which services do not answer, or have a full disk."""
    full = [say(f"part.{one.part}") for one in failing if one.code is ProblemCode.STORAGE_FULL]
    silent = [say(f"part.{one.part}") for one in failing if one.code is not ProblemCode.STORAGE_FULL]
    sentences = [say("operation.away", services=", ".join(silent))] if silent else []
    return " ".join([*sentences, *([say("operation.full", services=", ".join(full))] if full else [])])


def disks_of(settings: Settings, say: Speech) -> Sequence[Disk]:
    """Return the room where this process keeps anything, each disk once; folders that are not there are left out."""
    folders = {"operation.disk.temporary": Path(tempfile.gettempdir())}
    if not settings.database_url:
        folders["operation.disk.database"] = settings.data_dir
    if settings.parts["documents"] == "folder":
        folders["operation.disk.documents"] = settings.documents_dir or settings.data_dir
    words: dict[int, list[str]] = {}
    rooms: dict[int, tuple[int, int]] = {}
    for key in sorted(folders):
        with suppress(OSError):
            device, room = folders[key].stat().st_dev, shutil.disk_usage(folders[key])
            words.setdefault(device, []).append(say(key))
            rooms[device] = room.free, room.total
    return [Disk(", ".join(words[device]), free, whole) for device, (free, whole) in rooms.items()]


def round_top(most: int) -> int:
    """Return the end of an axis that has room for this many pages: a number that people read at a glance."""
    power = 1
    while 10 * power < most:
        power *= 10
    return next(step * power for step in _ROUND if step * power >= most)


def _minute(say: Speech, minute: object, number: int) -> str:
    return f"{minute:%H:%M} UTC: {say('count.pages', number)}"
