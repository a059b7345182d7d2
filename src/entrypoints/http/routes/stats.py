"""The route of statistics: the live workers, and the pages that are left."""

from litestar import get

from entrypoints.http.access import STATS
from entrypoints.http.dependencies import Service
from entrypoints.http.documentation import problem_responses
from ocrcore.formats.fleet_views import StatsView


@get("/api/v1/stats", sync_to_thread=True, opt=STATS, tags=["stats"], responses=problem_responses())
def stats(service: Service) -> StatsView:
    """Return the open pages, the live workers, and an estimate of the time that they need."""
    return StatsView.of(service.fleet())
