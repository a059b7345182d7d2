"""The route of searches over the pages that were recognised."""

from collections.abc import Sequence
from dataclasses import dataclass

from litestar import get
from litestar.exceptions import ValidationException

from entrypoints.http.dependencies import Jobs
from entrypoints.http.documentation import problem_responses
from entrypoints.http.lists import number_cursor, seal
from entrypoints.http.parameters import SEARCH, Cursor, FewLimit, SearchText
from entrypoints.http.problems import answer_few
from ocrcore import Hits
from ocrcore.formats.views import HitView


@dataclass(frozen=True, slots=True)
class HitList:
    """A page of hits; ``next_cursor`` is null on the last page. Others may have fewer hits than were asked for."""

    hits: Sequence[HitView]
    next_cursor: str | None


@get(
    SEARCH,
    sync_to_thread=True,
    tags=["search"],
    exception_handlers={ValidationException: answer_few},
    responses=problem_responses(),
)
def search(jobs: Jobs, q: SearchText = "", limit: FewLimit = 20, cursor: Cursor = None) -> HitList:
    """Search the texts of recognised pages, those that were finished last first."""
    return hit_list(jobs.search(q, before=number_cursor(cursor), limit=limit))


def hit_list(found: Hits) -> HitList:
    """Return the view of a page of hits."""
    return HitList([HitView.of(hit) for hit in found.hits], None if found.before is None else seal(str(found.before)))
