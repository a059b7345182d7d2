"""The page of one item: the picture with its words over it, and the text beside it."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, Final
from urllib.parse import urlencode
from uuid import UUID

from litestar import Response, get
from litestar.params import FromPath, FromQuery, QueryParameter

from entrypoints.http.dependencies import Jobs
from entrypoints.http.pages.lines import lines_of
from entrypoints.http.pages.rendering import Pages, Templates
from entrypoints.http.pages.views import ItemCard
from entrypoints.http.pages.words import shown_page
from entrypoints.http.parameters import item_uuid
from ocrcore import Item, OwnerJobs, PageText
from ocrcore.domain.errors import LayoutLost
from ocrcore.domain.lifecycle import ItemStatus
from ocrcore.formats.registry import FORMATS

#: Neighbours on each side.
_NEAR: Final = 4
ZOOMS: Final = (100, 150, 200, 300, 400)
_TURNS: Final = (0, 90, 180, 270)

_Zoom = Annotated[int, QueryParameter(ge=1, le=1000)]
_Turn = Annotated[int, QueryParameter(ge=0, le=359)]


@dataclass(frozen=True, slots=True)
class Look:
    """How somebody looks at a page: what was searched for, how large it is, and how it is turned."""

    q: str = ""
    zoom: int = 100
    turn: int = 0


_PLAIN: Final = Look()


@get("/items/{item_id:str}", include_in_schema=False, sync_to_thread=True)
def item_page(
    pages: Templates,
    jobs: Jobs,
    item_id: FromPath[str],
    q: FromQuery[str] = "",
    zoom: _Zoom = 100,
    turn: _Turn = 0,
    correct: FromQuery[bool] = False,  # noqa: FBT002 - a part of the address
) -> Response[str]:
    """Return the page; with ``correct``, its lines in a form."""
    typed: Mapping[int, str] | None = {} if correct and pages.may_write else None
    return answer_item(pages, jobs, item_uuid(item_id), Look(q, zoom, turn), typed=typed)


def answer_item(
    pages: Pages,
    jobs: OwnerJobs,
    item_id: UUID,
    look: Look = _PLAIN,
    *,
    typed: Mapping[int, str] | None = None,
    goes_on: Mapping[str, str] = MappingProxyType({}),
    alert: str = "",
) -> Response[str]:
    """Return the page of an item; with ``typed``, its lines in a form, some as somebody has typed them.

    ``goes_on`` has further fields of that form: what is to happen when it is saved. ``alert`` is the key of why what
    was sent was not done.
    """
    q, zoom, turn = look.q, look.zoom, look.turn
    item = jobs.item(item_id)
    text = _page_text(jobs, item)
    item = item if text is None else text.item
    job = jobs.get(item.job_id)
    near = jobs.items(job.id, after=max(-1, item.position - _NEAR - 1), limit=2 * _NEAR + 1)
    shown = None if text is None else shown_page(text, q, pages.say)
    zoom, turn = min(ZOOMS, key=lambda level: abs(level - zoom)), min(_TURNS, key=lambda angle: abs(angle - turn))
    place = ZOOMS.index(zoom)
    keep = {"q": q, "zoom": zoom if zoom != ZOOMS[0] else "", "turn": turn or ""}
    return pages.answer(
        "item.html",
        job=job,
        item=item,
        card=ItemCard(item, pages.say),
        near=[ItemCard(one, pages.say) for one in near],
        previous=next((one for one in near if one.position == item.position - 1), None),
        following=next((one for one in near if one.position == item.position + 1), None),
        page=shown,
        q=q,
        lines=lines_of(text, typed) if text is not None and typed is not None else None,
        alert=alert,
        goes_on=goes_on,
        can_correct=pages.may_write and text is not None and bool(text.layout.lines),
        zoom=zoom,
        turn=turn,
        zooms=ZOOMS,
        larger=_query(keep, zoom=ZOOMS[min(place + 1, len(ZOOMS) - 1)]),
        smaller=_query(keep, zoom=ZOOMS[max(place - 1, 0)]),
        fitted=_query(keep, zoom=""),
        turned=_query(keep, turn=(turn + 90) % 360 or ""),
        kept=_query({"q": q, "zoom": keep["zoom"]}),
        formats=list(FORMATS),
        is_open=item.status in {ItemStatus.PENDING, ItemStatus.PROCESSING},
    )


def _query(kept: Mapping[str, object], **changed: object) -> str:
    return "?" + urlencode({name: str(value) for name, value in {**kept, **changed}.items() if value})


def _page_text(jobs: OwnerJobs, item: Item) -> PageText | None:
    """Return a page with its layout and its corrections, or None if it has none or its layout is lost."""
    if item.status is not ItemStatus.DONE:
        return None
    try:
        return jobs.page_text(item.id)
    except LayoutLost:
        return None
