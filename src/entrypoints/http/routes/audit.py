"""The route of what happened to keys and sessions. There is none without ``OCR_AUTH=keys``."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from litestar import Request, get
from litestar.params import QueryParameter

from entrypoints.http.access import ADMIN, caller_of
from entrypoints.http.dependencies import Service
from entrypoints.http.documentation import problem_responses
from entrypoints.http.lists import place_of, seal_place
from entrypoints.http.parameters import AUDIT, Cursor, Limit
from ocrcore.formats.access_views import AccessEntryView
from ocrcore.ports.api_keys import EntryCursor

OfOwner = Annotated[
    str | None,
    QueryParameter(
        description=(
            "Whose entries; by default the caller's own. The owner operator has the sign-ins and keys that were"
            " refused."
        ),
        schema_extra={"maxLength": 255},
    ),
]


@dataclass(frozen=True, slots=True)
class AccessEntryList:
    """A page of entries, oldest first; ``next_cursor`` is null on the last page."""

    entries: Sequence[AccessEntryView]
    next_cursor: str | None


@get(AUDIT, opt=ADMIN, sync_to_thread=True, tags=["keys"], responses=problem_responses())
def audit(
    request: Request[Any, Any, Any], service: Service, limit: Limit = 50, cursor: Cursor = None, owner: OfOwner = None
) -> AccessEntryList:
    """List what happened to the keys and sessions of an owner, in order."""
    wanted = caller_of(request.scope).owner if owner is None else owner
    found = service.keys.history(wanted, after=place_of(cursor, EntryCursor), limit=limit + 1)
    page = found[:limit]
    last = seal_place(page[-1].at, page[-1].event_id) if len(found) > limit else None
    return AccessEntryList([AccessEntryView.of(entry) for entry in page], last)
