"""The route of items."""

from litestar import Controller, get
from litestar.params import FromPath

from entrypoints.http.dependencies import Jobs
from entrypoints.http.documentation import problem_responses
from entrypoints.http.parameters import ITEMS, item_uuid
from ocrcore.formats.views import ItemView


class ItemRoutes(Controller):
    """The routes under ``/api/v1/items``, without results and images."""

    path = ITEMS
    tags = ("items",)

    @get("/{item_id:str}", sync_to_thread=True, responses=problem_responses(404))
    def get_item(self, jobs: Jobs, item_id: FromPath[str]) -> ItemView:
        """Return an item."""
        return ItemView.of(jobs.item(item_uuid(item_id)))
