"""The routes of items."""

from typing import Any
from uuid import UUID

from litestar import Controller, MediaType, Response, get
from litestar.params import FromPath

from entrypoints.http.documentation import problem_responses
from entrypoints.http.jobs import Service
from entrypoints.http.parameters import Format
from entrypoints.http.result_schema import LayoutDocument, ResultOperation, result_responses
from ocrcore.domain.errors import ItemNotFound
from ocrcore.formats.views import ItemView

PATH = "/api/v1/items"


class Items(Controller):
    """Everything under ``/api/v1/items``."""

    path = PATH
    tags = ("items",)

    @get("/{item_id:str}", sync_to_thread=True, responses=problem_responses(404))
    def get_item(self, service: Service, item_id: FromPath[str]) -> ItemView:
        """Return an item."""
        return ItemView.of(service.item(item_uuid(item_id)))

    @get(
        "/{item_id:str}/result",
        sync_to_thread=True,
        responses=result_responses(LayoutDocument),
        operation_class=ResultOperation,
    )
    def get_result(
        self,
        service: Service,
        item_id: FromPath[str],
        format: Format = "txt",  # noqa: A002 - the contract's name
    ) -> Response[str] | Response[dict[str, Any]]:
        """Return the text or the layout of a page."""
        if format == "txt":
            return Response(service.item_result(item_uuid(item_id)), media_type=MediaType.TEXT)
        return Response(service.item_layout(item_uuid(item_id)), media_type="application/json")


def item_uuid(text: str) -> UUID:
    """Return the id. Raises ``ItemNotFound`` for anything that cannot be one."""
    try:
        return UUID(text)
    except ValueError as error:
        raise ItemNotFound from error
