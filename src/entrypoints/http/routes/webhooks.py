"""The routes of webhooks: a client makes, lists, tests and deletes them, and looks at what was delivered."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Final
from uuid import UUID

from litestar import Controller, delete, get, post
from litestar.dto import DataclassDTO, DTOConfig
from litestar.params import FromPath, JSONBody

from entrypoints.http.dependencies import Heavy, Webhooks
from entrypoints.http.documentation import problem_responses
from entrypoints.http.lists import place_of, seal_place
from entrypoints.http.parameters import WEBHOOKS, Cursor, Limit, webhook_uuid
from entrypoints.http.problems import answers_to_json, require_json
from ocrcore.domain.webhook import Delivery, Webhook
from ocrcore.formats.webhook_views import DeliveryView, NewWebhookView, WebhookView
from ocrcore.ports.deliveries import DeliveryCursor
from ocrcore.ports.webhooks import WebhookCursor

_MOST_JSON: Final = 16_384
_FORM: Final = '{"url": "https://example.org/ocr", "events": ["job.finished", "job.deleted"]}'


@dataclass(frozen=True, slots=True)
class WantedWebhook:
    """Where a new webhook leads, and what it is told of; by default of everything."""

    url: str
    events: list[str] | None = None


@dataclass(frozen=True, slots=True)
class WebhookList:
    """A page of webhooks, newest first; ``next_cursor`` is null on the last page."""

    webhooks: Sequence[WebhookView]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class DeliveryList:
    """A page of deliveries, newest first; ``next_cursor`` is null on the last page."""

    deliveries: Sequence[DeliveryView]
    next_cursor: str | None


class WebhookRoutes(Controller):
    """The routes under ``/api/v1/webhooks``."""

    path = WEBHOOKS
    tags = ("webhooks",)

    @get(sync_to_thread=True, responses=problem_responses())
    def list_webhooks(self, webhooks: Webhooks, limit: Limit = 50, cursor: Cursor = None) -> WebhookList:
        """List the webhooks of the owner, newest first."""
        found = webhooks.list(after=webhook_cursor(cursor), limit=limit + 1)
        return webhook_list(found, limit)

    @post(
        status_code=201,
        dto=DataclassDTO[Annotated[WantedWebhook, DTOConfig(forbid_unknown_fields=True)]],
        return_dto=None,
        request_max_body_size=_MOST_JSON,
        guards=[require_json],
        exception_handlers=answers_to_json(_FORM, "events"),
        responses=problem_responses(413, 422),
    )
    async def create_webhook(self, webhooks: Webhooks, heavy: Heavy, data: JSONBody[WantedWebhook]) -> NewWebhookView:
        """Make a webhook, at most ten for an owner. The answer has its secret, which is shown here only."""
        # the look-up of the name may take some seconds
        made = await heavy.run_alone(webhooks.owner, webhooks.create, data.url, data.events)
        return NewWebhookView.of(made.webhook, made.secret)

    @delete("/{webhook_id:str}", sync_to_thread=True, responses=problem_responses(404))
    def delete_webhook(self, webhooks: Webhooks, webhook_id: FromPath[str]) -> None:
        """Delete a webhook with its deliveries."""
        webhooks.delete(webhook_uuid(webhook_id))

    @post("/{webhook_id:str}/ping", status_code=202, sync_to_thread=True, responses=problem_responses(404))
    def ping_webhook(self, webhooks: Webhooks, webhook_id: FromPath[str]) -> DeliveryView:
        """Send an event of the type ping, as a test; the answer is its delivery, before it is sent."""
        return DeliveryView.of(webhooks.ping(webhook_uuid(webhook_id)))

    @get("/{webhook_id:str}/deliveries", sync_to_thread=True, responses=problem_responses(404))
    def list_deliveries(
        self, webhooks: Webhooks, webhook_id: FromPath[str], limit: Limit = 50, cursor: Cursor = None
    ) -> DeliveryList:
        """List the deliveries of a webhook within the last 30 days, newest first."""
        after = delivery_cursor(cursor)
        return delivery_list(webhooks.deliveries(webhook_uuid(webhook_id), after=after, limit=limit + 1), limit)

    @post(
        "/{webhook_id:str}/deliveries/{delivery_id:str}/redeliver",
        status_code=202,
        sync_to_thread=True,
        responses=problem_responses(404),
    )
    def redeliver(self, webhooks: Webhooks, webhook_id: FromPath[str], delivery_id: FromPath[str]) -> DeliveryView:
        """Send a delivery again, whatever became of it, with the same id and payload."""
        return DeliveryView.of(webhooks.redeliver(webhook_uuid(webhook_id), webhook_uuid(delivery_id)))


def webhook_cursor(cursor: str | None) -> WebhookCursor | None:
    """Return the end of the previous page, or None for the first page. Raises ``InvalidPage``."""
    return place_of(cursor, lambda created_at, name: WebhookCursor(created_at, UUID(name)))


def delivery_cursor(cursor: str | None) -> DeliveryCursor | None:
    """Return the end of the previous page, or None for the first page. Raises ``InvalidPage``."""
    return place_of(cursor, lambda created_at, name: DeliveryCursor(created_at, UUID(name)))


def webhook_list(webhooks: Sequence[Webhook], limit: int) -> WebhookList:
    """Return a page of up to ``limit`` webhooks; ``webhooks`` has one more if there is a next page."""
    page = webhooks[:limit]
    last = seal_place(page[-1].created_at, page[-1].id) if len(webhooks) > limit else None
    return WebhookList([WebhookView.of(webhook) for webhook in page], last)


def delivery_list(deliveries: Sequence[Delivery], limit: int) -> DeliveryList:
    """Return a page of up to ``limit`` deliveries; ``deliveries`` has one more if there is a next page."""
    page = deliveries[:limit]
    last = seal_place(page[-1].created_at, page[-1].id) if len(deliveries) > limit else None
    return DeliveryList([DeliveryView.of(delivery) for delivery in page], last)
