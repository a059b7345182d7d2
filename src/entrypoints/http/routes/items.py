"""The routes of items: list by confidence, read, correct, mark as looked at."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Final

from litestar import Controller, delete, get, patch, put
from litestar.dto import DataclassDTO, DTOConfig
from litestar.params import FromPath, JSONBody

from entrypoints.http.dependencies import Jobs
from entrypoints.http.documentation import problem_responses
from entrypoints.http.lists import ReviewList, few_items, review_cursor, review_list
from entrypoints.http.parameters import ITEMS, AsRead, Cursor, Limit, Reviewed, ReviewOrder, SeenRevision, item_uuid
from entrypoints.http.problems import CORRECTIONS_FORM, answers_to_json, require_json
from ocrcore import Item, ReviewCursor
from ocrcore.domain.correction import Edit, Place
from ocrcore.formats.views import CorrectionsView, ItemView

#: Most bytes of a correction.
_MOST_JSON: Final = 1_048_576


@dataclass(frozen=True, slots=True)
class EditBody:
    """Another text at a place of the page.

    ``line`` and ``word`` are numbers, from 0, of the layout as it was recognised; ``word`` null, or left out, is the
    whole line. An empty ``text`` removes the word or the line.
    """

    line: int
    text: str
    word: int | None = None


@dataclass(frozen=True, slots=True)
class CorrectionBody:
    """Corrections of a page, all or none. ``revision`` is the one of the item that they are based on."""

    revision: int
    corrections: list[EditBody]


class ItemRoutes(Controller):
    """The routes under ``/api/v1/items``, without results and images."""

    path = ITEMS
    tags = ("items",)

    @get(sync_to_thread=True, responses=problem_responses())
    def list_by_confidence(
        self,
        jobs: Jobs,
        order: ReviewOrder = "confidence",
        reviewed: Reviewed = None,
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> ReviewList:
        """List the recognised pages of all jobs, those with the lowest confidence first; fewer if texts are long."""
        del order  # there is one
        marked, start = None if reviewed is None else reviewed == "1", review_cursor(cursor)

        def look(last: Item | None, most: int) -> Sequence[Item]:
            after = start if last is None else ReviewCursor(last.confidence, last.id)
            return jobs.least_sure(reviewed=marked, after=after, limit=most)

        found, has_more = few_items(limit, look)
        return review_list(found, has_more=has_more)

    @get("/{item_id:str}", sync_to_thread=True, responses=problem_responses(404))
    def get_item(self, jobs: Jobs, item_id: FromPath[str], as_: AsRead = "corrected") -> ItemView:
        """Return an item."""
        return ItemView.of(jobs.item(item_uuid(item_id)), recognised=as_ == "recognised")

    @get("/{item_id:str}/corrections", sync_to_thread=True, responses=problem_responses(404, 409))
    def list_corrections(self, jobs: Jobs, item_id: FromPath[str]) -> CorrectionsView:
        """List what people wrote in place of what was recognised, with who and when."""
        page = jobs.page_text(item_uuid(item_id))
        return CorrectionsView.of(page.item.revision, page.corrections, page.layout)

    @patch(
        "/{item_id:str}/text",
        sync_to_thread=True,
        dto=DataclassDTO[Annotated[CorrectionBody, DTOConfig(forbid_unknown_fields=True, max_nested_depth=3)]],
        return_dto=None,
        request_max_body_size=_MOST_JSON,
        guards=[require_json],
        exception_handlers=answers_to_json(CORRECTIONS_FORM),
        responses=problem_responses(404, 409, 413),
    )
    def correct_item(self, jobs: Jobs, item_id: FromPath[str], data: JSONBody[CorrectionBody]) -> ItemView:
        """Correct the text of a page. Repeated with the same body, it changes nothing.

        409 edit-conflict if somebody else has corrected it meanwhile: ``revision`` and ``corrections`` of the answer
        are what the page has now at these places.
        """
        edits = [Edit(Place(one.line, one.word), one.text) for one in data.corrections]
        return ItemView.of(jobs.correct(item_uuid(item_id), data.revision, edits))

    @put("/{item_id:str}/review", sync_to_thread=True, responses=problem_responses(404, 409))
    def review_item(self, jobs: Jobs, item_id: FromPath[str], revision: SeenRevision = None) -> ItemView:
        """Mark a page as looked at; who does so first is kept.

        409 edit-conflict if somebody has corrected it since ``revision``: the answer has the one that it has now.
        """
        return ItemView.of(jobs.review(item_uuid(item_id), revision=revision))

    @delete("/{item_id:str}/review", sync_to_thread=True, responses=problem_responses(404, 409))
    def unreview_item(self, jobs: Jobs, item_id: FromPath[str]) -> None:
        """Mark a page as one that nobody has looked at."""
        jobs.review(item_uuid(item_id), reviewed=False)
