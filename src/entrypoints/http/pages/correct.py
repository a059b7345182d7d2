"""What people correct on the pages: the forms, what is in them, and the page of the least sure pages."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.concurrency import sync_to_thread
from litestar.params import FromPath, FromQuery

from entrypoints.http.dependencies import Jobs
from entrypoints.http.lists import review_cursor, review_place
from entrypoints.http.pages.forms import form_of
from entrypoints.http.pages.item import answer_item
from entrypoints.http.pages.lines import EditLine, lines_of
from entrypoints.http.pages.rendering import Pages, Templates
from entrypoints.http.pages.views import ItemCard
from entrypoints.http.parameters import item_uuid
from entrypoints.http.same_site import own_path
from ocrcore import Edit, Item, OwnerJobs, PageText, Place
from ocrcore.domain.correction import word_places
from ocrcore.domain.errors import EditConflict, InvalidOption, LayoutLost

#: Most bytes of a form with the lines of a page.
_LARGE: Final = 4_194_304
#: Lines that are shown beside the picture of a page without doubtful ones.
_SOME: Final = 5
#: Pages that are left to look at are counted up to this.
_COUNTED: Final = 1000


@post("/items/{item_id:str}/text", include_in_schema=False, request_max_body_size=_LARGE)
async def correct_text(
    request: Request[Any, Any, Any], pages: Templates, jobs: Jobs, item_id: FromPath[str]
) -> Response[Any]:
    """Save the lines that differ from what they were when the form was made, and go on."""
    form = await form_of(request)
    fields = {name: str(value) for name, value in form.items()}
    return await sync_to_thread(_correct_text, pages, jobs, item_id, fields)


def _correct_text(pages: Pages, jobs: OwnerJobs, item_id: str, fields: Mapping[str, str]) -> Response[Any]:
    page = jobs.page_text(item_uuid(item_id))
    typed, shown = _typed(fields), _shown_words(page)
    edits = [
        edit
        for number, text in typed.items()
        for edit in _edits(number, text, _was(fields, number), shown.get(number, ()))
    ]
    seen = _seen(fields)
    try:
        if edits:
            seen = jobs.correct(page.item.id, _number(fields.get("revision", "")), edits).revision
        if fields.get("done"):
            jobs.review(page.item.id, revision=seen)
    except EditConflict:
        return _overtaken(pages, jobs, page.item.id, fields, typed)
    return _see_other(own_path(fields.get("next") or f"/items/{page.item.id}"))


@post("/items/{item_id:str}/review", include_in_schema=False, request_max_body_size=_LARGE)
async def mark_reviewed(
    request: Request[Any, Any, Any], pages: Templates, jobs: Jobs, item_id: FromPath[str]
) -> Response[Any]:
    """Mark a page as looked at, or take the mark back, and go on."""
    form = await form_of(request)
    fields = {name: str(value) for name, value in form.items()}
    return await sync_to_thread(_mark_reviewed, pages, jobs, item_id, fields)


def _mark_reviewed(pages: Pages, jobs: OwnerJobs, item_id: str, fields: Mapping[str, str]) -> Response[Any]:
    try:
        item = jobs.review(item_uuid(item_id), reviewed=not fields.get("undo"), revision=_seen(fields))
    except EditConflict:
        return _overtaken(pages, jobs, item_uuid(item_id), {**fields, "done": "1"}, {})
    return _see_other(own_path(fields.get("next") or f"/items/{item.id}"))


def _overtaken(
    pages: Pages, jobs: OwnerJobs, item_id: UUID, fields: Mapping[str, str], typed: Mapping[int, str]
) -> Response[str]:
    """Return the page as somebody else has corrected it, with a form to do what was asked for, or to leave it."""
    goes_on = {name: fields[name] for name in ("next", "done") if fields.get(name)}
    alert = "item.conflict" if typed else "item.unseen"
    answer = answer_item(pages, jobs, item_id, typed=typed, goes_on=goes_on, alert=alert)
    answer.status_code = 409
    return answer


@get("/review", include_in_schema=False, sync_to_thread=True)
def review_page(pages: Templates, jobs: Jobs, cursor: FromQuery[str | None] = None) -> Response[str]:
    """Return the page that nobody has looked at with the least confidence, its weakest lines first."""
    found = jobs.least_sure(reviewed=False, after=review_cursor(cursor), limit=2)
    if not found:
        return pages.answer("review.html", item=None, is_first=cursor is None, is_open=False)
    item = found[0]
    page = _page_text(jobs, item)
    lines = [] if page is None else lines_of(page)
    first = _shown_first(lines)
    following = f"/review?cursor={review_place(item)}"
    return pages.answer(
        "review.html",
        item=item if page is None else page.item,
        job=jobs.get(item.job_id),
        card=ItemCard(item, pages.say),
        size=(item.width or 1, item.height or 1),
        lines=lines,
        first=first,
        others=[line for line in lines if line not in first],
        again="/review" if cursor is None else f"/review?cursor={cursor}",
        following=following,
        has_more=len(found) > 1,
        left=jobs.unreviewed(_COUNTED + 1),
        counted=_COUNTED,
        is_first=cursor is None,
        is_open=False,
    )


def _shown_first(lines: Sequence[EditLine]) -> Sequence[EditLine]:
    """Return the lines with doubtful words, the weakest first; if there is none, some of the least sure ones."""
    by_confidence = sorted(lines, key=lambda line: (line.confidence is None, line.confidence or 0.0))
    return [line for line in by_confidence if line.is_weak] or by_confidence[:_SOME]


def _page_text(jobs: OwnerJobs, item: Item) -> PageText | None:
    try:
        return jobs.page_text(item.id)
    except LayoutLost:
        return None


def _typed(fields: Mapping[str, str]) -> dict[int, str]:
    """Return the texts of lines that somebody has changed, by the numbers of the lines."""
    return {
        _number(name.removeprefix("line-")): text
        for name, text in fields.items()
        if name.startswith("line-") and text != fields.get(name.replace("line-", "was-", 1))
    }


def _seen(fields: Mapping[str, str]) -> int | None:
    """Return the revision of the text in the page that a form stood on; None if the form does not say it."""
    return _number(fields["revision"]) if "revision" in fields else None


def _was(fields: Mapping[str, str], number: int) -> str:
    return fields.get(f"was-{number}", "")


def _shown_words(page: PageText) -> Mapping[int, Sequence[int | None]]:
    """Return for each line that is shown the numbers of the words, as recognised, that its words are now."""
    lines = word_places(page.layout, page.corrections)
    return {places[0].line: [place.word for place in places] for places in lines}


def _edits(number: int, text: str, was: str, shown: Sequence[int | None]) -> Sequence[Edit]:
    """Return the edits that give a line another text: word by word where each of its words is one that was recognised.

    So every other word keeps its place and its confidence. Where a word was removed or became several, a word of the
    form is not the one of the same number, and the line is corrected as a whole. The same form makes the same edits,
    whenever it is sent.
    """
    whole = [Edit(Place(number, None), text)]
    words, before = text.split(), was.split()
    if len(words) != len(before) or list(shown) != list(range(len(before))):
        return whole
    changed = [
        Edit(Place(number, at), new) for at, (new, old) in enumerate(zip(words, before, strict=True)) if new != old
    ]
    return changed or whole


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):  # noqa: PLR2004 - of a 32-bit column
        msg = "The form is not one of this service; open the page again."
        raise InvalidOption(msg)
    return int(text)


def _see_other(path: str) -> Response[bytes]:
    return Response(b"", status_code=303, headers={"location": path})
