"""The page of one item: the picture with its words over it, and the text beside it."""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Annotated, Final
from urllib.parse import urlencode
from uuid import UUID

from litestar import Response, get
from litestar.params import FromPath, FromQuery, QueryParameter

from entrypoints.http.dependencies import Jobs
from entrypoints.http.pages.lines import WEAK, lines_of
from entrypoints.http.pages.rendering import Pages, Templates
from entrypoints.http.pages.views import ItemCard
from entrypoints.http.parameters import item_uuid
from ocrcore import Correction, Item, OwnerJobs, PageText, Place
from ocrcore.domain.correction import corrected_layout, differing, text_at, word_places
from ocrcore.domain.errors import InvalidPage, LayoutLost
from ocrcore.domain.layout import Box, Layout, Line
from ocrcore.domain.lifecycle import ItemStatus
from ocrcore.domain.search_query import parse_query
from ocrcore.domain.snippet import boxes
from ocrcore.formats.registry import FORMATS

#: How much higher than wide the box of a word is that runs downwards, and how many letters it has.
_UPRIGHT, _LETTERS = 1.5, 2
#: Neighbours on each side.
_NEAR: Final = 4
ZOOMS: Final = (100, 150, 200, 300, 400)
_TURNS: Final = (0, 90, 180, 270)

_Zoom = Annotated[int, QueryParameter(ge=1, le=1000)]
_Turn = Annotated[int, QueryParameter(ge=0, le=359)]


@dataclass(frozen=True, slots=True)
class ShownWord:
    """A word as text, and where it lies on the page as it is shown."""

    number: int
    text: str
    box: Box
    confidence: float | None
    is_weak: bool
    is_found: bool
    #: What stands before it in its line: a blank, or nothing in scripts without blanks.
    gap: str
    #: The height of its line, or the breadth for a line that runs downwards.
    size: int
    #: Where it is corrected: the line as recognised, and the word in it or None.
    place: Place
    #: What a person wrote there, and what was recognised.
    correction: Correction | None
    recognised: str

    @property
    def width(self) -> int:
        """The width of its box."""
        return self.box[2] - self.box[0]

    @property
    def height(self) -> int:
        """The height of its box."""
        return self.box[3] - self.box[1]

    @property
    def is_upright(self) -> bool:
        """Whether it runs downwards."""
        return len(self.text) > _LETTERS and self.height > _UPRIGHT * self.width

    @property
    def is_rtl(self) -> bool:
        """Whether it is read from right to left."""
        return any(unicodedata.bidirectional(letter) in {"R", "AL"} for letter in self.text)


@dataclass(frozen=True, slots=True)
class ShownPage:
    """A layout, turned as it was read."""

    width: int
    height: int
    #: Degrees clockwise by which the picture is turned, and its own size.
    rotation: int
    picture: tuple[int, int]
    paragraphs: Sequence[Sequence[Sequence[ShownWord]]]

    @property
    def words(self) -> Iterator[ShownWord]:
        """All words, in reading order."""
        return (word for paragraph in self.paragraphs for line in paragraph for word in line)


@dataclass(frozen=True, slots=True)
class Look:
    """How somebody looks at a page: what was searched for, how large it is, and how it is turned."""

    q: str = ""
    zoom: int = 100
    turn: int = 0


_PLAIN: Final = Look()


@dataclass(frozen=True, slots=True)
class Marks:
    """What people wrote on a line: the places of its words, and the corrections of the page that differ."""

    layout: Layout
    places: Sequence[Place]
    corrections: Mapping[Place, Correction]

    def recognised(self, place: Place) -> str:
        """Return what was recognised at a place."""
        return text_at(place, self.layout, ())


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
    typed: Mapping[int, str] | None = {} if correct else None
    return answer_item(pages, jobs, item_uuid(item_id), Look(q, zoom, turn), typed)


def answer_item(
    pages: Pages, jobs: OwnerJobs, item_id: UUID, look: Look = _PLAIN, typed: Mapping[int, str] | None = None
) -> Response[str]:
    """Return the page of an item; with ``typed``, its lines in a form, some as somebody has typed them."""
    q, zoom, turn = look.q, look.zoom, look.turn
    item = jobs.item(item_id)
    text = _page_text(jobs, item)
    item = item if text is None else text.item
    job = jobs.get(item.job_id)
    near = jobs.items(job.id, after=max(-1, item.position - _NEAR - 1), limit=2 * _NEAR + 1)
    shown = None if text is None else _shown(text, q)
    words = list(shown.words) if shown else []
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
        weak=sum(word.is_weak for word in words),
        found=sum(word.is_found for word in words),
        q=q,
        lines=lines_of(text, typed) if text is not None and typed is not None else None,
        clashes=bool(typed),
        marks=sum(word.correction is not None for word in words),
        can_correct=text is not None and bool(text.layout.lines),
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


def _shown(text: PageText, q: str) -> ShownPage:
    """Return the page's words with their places."""
    layout = corrected_layout(text.layout, text.corrections)
    read = layout.turned(layout.rotation)
    found = _found(read, q)
    numbers = count()
    places = iter(word_places(text.layout, text.corrections))
    marks = differing(text.layout, text.corrections)
    paragraphs = [
        [_line(line, numbers, found, Marks(text.layout, next(places), marks)) for line in paragraph]
        for paragraph in read.paragraphs
    ]
    return ShownPage(read.width, read.height, layout.rotation, (layout.width, layout.height), paragraphs)


def _line(line: Line, numbers: Iterator[int], found: frozenset[Box], marks: "Marks") -> Sequence[ShownWord]:
    words, at, whole = [], 0, line.text
    x0, y0, x1, y1 = line.bbox
    for word, place in zip(line.words, marks.places, strict=True):
        start = max(whole.find(word.text, at), at)
        gap, at = whole[at:start], start + len(word.text)
        is_weak = word.confidence is not None and word.confidence < WEAK
        is_found, size = word.bbox in found, min(y1 - y0, x1 - x0)
        words.append(
            ShownWord(
                next(numbers),
                word.text,
                word.bbox,
                word.confidence,
                is_weak,
                is_found,
                gap,
                max(size, 1),
                place,
                marks.corrections.get(place),
                marks.recognised(place),
            )
        )
    return words


def _found(layout: Layout, q: str) -> frozenset[Box]:
    """Return the boxes of the words that a search finds; none for a query that is none."""
    if not q.strip():
        return frozenset()
    try:
        return frozenset(boxes(layout, parse_query(q)))
    except InvalidPage:
        return frozenset()
