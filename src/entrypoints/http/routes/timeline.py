"""The route of a job's timeline, which is its entries in the audit log."""

from collections.abc import Sequence
from dataclasses import dataclass

from litestar import get
from litestar.params import FromPath

from entrypoints.http.dependencies import Jobs
from entrypoints.http.documentation import problem_responses
from entrypoints.http.lists import place_of, seal_place
from entrypoints.http.parameters import JOBS, Cursor, Limit, job_uuid
from ocrcore import AuditCursor, AuditEntry
from ocrcore.formats.views import EntryView


@dataclass(frozen=True, slots=True)
class EntryList:
    """A page of a job's entries, oldest first; ``next_cursor`` is null on the last page."""

    entries: Sequence[EntryView]
    next_cursor: str | None


@get(f"{JOBS}/{{job_id:str}}/timeline", sync_to_thread=True, tags=["jobs"], responses=problem_responses(404))
def job_timeline(jobs: Jobs, job_id: FromPath[str], limit: Limit = 50, cursor: Cursor = None) -> EntryList:
    """Return the audit entries of a job, in order."""
    after = entry_cursor(cursor)
    return entry_list(jobs.timeline(job_uuid(job_id), after=after, limit=limit + 1), limit)


def entry_list(entries: Sequence[AuditEntry], limit: int) -> EntryList:
    """Return a page of up to ``limit`` entries; ``entries`` has one more if there is a next page."""
    page = entries[:limit]
    more = len(entries) > limit
    last = seal_place(page[-1].at, page[-1].event_id) if more else None
    return EntryList([EntryView.of(entry) for entry in page], last)


def entry_cursor(cursor: str | None) -> AuditCursor | None:
    """Return the end of the previous page, or None for the first page. Raises ``InvalidPage``."""
    return place_of(cursor, AuditCursor)
