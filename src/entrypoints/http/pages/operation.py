"""The page for those who run the service: workers, queue, pace and what is away."""

from typing import Final

from litestar import Response, get

from entrypoints.http.access import ADMIN
from entrypoints.http.dependencies import Service
from entrypoints.http.pages.rendering import Templates
from entrypoints.http.pages.speech import Speech
from ocrcore.domain.fleet import Fleet
from ocrcore.domain.lifecycle import ItemStatus, JobStatus

#: Statuses in the order in which people count.
_JOBS: Final = (JobStatus.PENDING, JobStatus.PROCESSING, JobStatus.DONE, JobStatus.ERROR, JobStatus.EXPIRED)
_ITEMS: Final = (ItemStatus.PENDING, ItemStatus.PROCESSING, ItemStatus.DONE, ItemStatus.ERROR)


@get("/status", include_in_schema=False, sync_to_thread=True, opt=ADMIN)
def status_page(pages: Templates, service: Service) -> Response[str]:
    """Return the page."""
    fleet, totals = service.fleet(), service.totals()
    away = sorted(name for name, answers in service.checks().items() if not answers)
    return pages.answer(
        "status.html",
        sentence=sentence_of(pages.say, fleet, away),
        is_well=not away and bool(fleet.live),
        away=away,
        fleet=fleet,
        jobs=[(status, totals.jobs[status]) for status in _JOBS],
        items=[(status, totals.items[status]) for status in _ITEMS],
        is_open=False,
    )


def sentence_of(say: Speech, fleet: Fleet, away: list[str]) -> str:
    """Return how the service is, in one sentence."""
    if away:
        return say("operation.away", services=", ".join(away))
    if not fleet.live:
        seen = [report.seen_at for report in fleet.reports if report.has_read]
        return say("operation.silent", when=say.ago(max(seen))) if seen else say("operation.nobody")
    waiting = say("operation.waiting", fleet.volume.pending) if fleet.volume.pending else say("operation.idle")
    return say("operation.well", workers=say("operation.workers", len(fleet.live)), waiting=waiting)
