"""Search: the owner's pages that have the words of a query, newest first."""

from collections.abc import Sequence
from dataclasses import dataclass

from ocrcore.application.context import Context
from ocrcore.application.jobs.results import read_layout
from ocrcore.domain.audit import AuditAction
from ocrcore.domain.errors import JobNotFound, LayoutLost
from ocrcore.domain.search_hit import Hit
from ocrcore.domain.search_query import SearchQuery, parse_query
from ocrcore.domain.snippet import boxes, snippet
from ocrcore.ports.search import Match


@dataclass(frozen=True, slots=True)
class Hits:
    """A page of a search."""

    hits: Sequence[Hit]
    #: The cursor of the next page, None on the last.
    before: int | None


def search_pages(context: Context, owner: str, text: str, before: int | None, limit: int) -> Hits:
    """Return pages that match, from the newest, or from the cursor ``before``.

    There may be fewer than ``limit`` although a next page follows. Raises ``InvalidPage`` for a query without words.
    """
    query = parse_query(text)
    matches = context.search.find(owner, query, before, limit)
    hits = [hit for match in matches.found if (hit := _hit(context, owner, match, query)) is not None]
    return Hits(hits, matches.before)


def _hit(context: Context, owner: str, match: Match, query: SearchQuery) -> Hit | None:
    """Return what a match shows, or None if its job was deleted since."""
    job, item = match.job, match.item
    try:
        found = boxes(read_layout(context, owner, item), query)
    except LayoutLost:
        found = ()
    except JobNotFound:
        return None
    context.reads.note(job, AuditAction.RESULT_READ, context.clock.now(), context.reader)
    text = snippet(item.ocr_text or "", query)
    turn = item.rotation or 0
    return Hit(job.id, job.name, item.id, item.filename, item.page, text, found, item.width, item.height, turn)
