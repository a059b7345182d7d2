"""The pages of webhooks: a list with a form to make one, and what each was told. They work without a script."""

from collections.abc import Collection
from contextlib import suppress
from typing import Any, Final
from urllib.parse import urlencode

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery

from entrypoints.http.dependencies import Heavy, Webhooks
from entrypoints.http.pages.forms import form_of
from entrypoints.http.pages.problems import Alert, alert_of, refused
from entrypoints.http.pages.rendering import Templates
from entrypoints.http.parameters import webhook_uuid
from entrypoints.http.routes.webhooks import delivery_cursor, delivery_list
from ocrcore.application.webhooks.owner_webhooks import OwnerWebhooks
from ocrcore.domain.errors import ForbiddenTarget, InvalidOption, WebhookNotFound
from ocrcore.domain.notice import SUBSCRIBABLE
from ocrcore.domain.webhook import MOST_WEBHOOKS, Delivery, DeliveryStatus, Webhook

#: Most bytes of a form.
_SMALL: Final = 16_384
#: Deliveries that are shown at a time.
_ROWS: Final = 50
#: Status of a delivery -> how it is shown.
_KINDS: Final = {
    DeliveryStatus.WAITING: "waiting",
    DeliveryStatus.DELIVERED: "delivered",
    DeliveryStatus.FAILED: "failed",
}


@get("/webhooks", include_in_schema=False, sync_to_thread=True)
def webhooks_page(pages: Templates, webhooks: Webhooks) -> Response[str]:
    """Return the list."""
    return _listed(pages, webhooks)


@post("/webhooks", include_in_schema=False, status_code=200, request_max_body_size=_SMALL)
async def make_webhook(
    request: Request[Any, Any, Any], pages: Templates, webhooks: Webhooks, heavy: Heavy
) -> Response[str]:
    """Make the webhook in the form; the answer is the list, with its secret, which is on no other page.

    What makes no sense is said at the form, which keeps what was typed.
    """
    form = await form_of(request)
    url, events = str(form.get("url", "")).strip(), [str(event) for event in form.getall("event", [])]
    try:
        made = await heavy.run_alone(webhooks.owner, webhooks.create, url, events)
    except (InvalidOption, ForbiddenTarget) as refusal:
        alert = alert_of(pages.say, refusal.code, str(refusal))
        again = await heavy.run(lambda: _listed(pages, webhooks, url=url, chosen=events, alert=alert))
        return refused(again, refusal)
    return await heavy.run(lambda: _listed(pages, webhooks, secret=made.secret, made=made.webhook.url))


@get("/webhooks/{webhook_id:str}", include_in_schema=False, sync_to_thread=True)
def deliveries_page(
    pages: Templates, webhooks: Webhooks, webhook_id: FromPath[str], cursor: FromQuery[str | None] = None
) -> Response[str]:
    """Return what a webhook was told."""
    webhook = webhooks.get(webhook_uuid(webhook_id))
    found = webhooks.deliveries(webhook.id, after=delivery_cursor(cursor), limit=_ROWS + 1)
    after = delivery_list(found, _ROWS).next_cursor
    return pages.answer(
        "deliveries.html",
        webhook=webhook,
        deliveries=found[:_ROWS],
        kinds=_KINDS,
        more=None if after is None else "?" + urlencode({"cursor": after}),
        is_open=False,
    )


@post("/webhooks/{webhook_id:str}/ping", include_in_schema=False, sync_to_thread=True)
def ping_webhook(webhooks: Webhooks, webhook_id: FromPath[str]) -> Response[bytes]:
    """Send a ping."""
    return _see_other(f"/webhooks/{webhooks.ping(webhook_uuid(webhook_id)).webhook_id}")


@post("/webhooks/{webhook_id:str}/delete", include_in_schema=False, sync_to_thread=True)
def delete_webhook(webhooks: Webhooks, webhook_id: FromPath[str]) -> Response[bytes]:
    """Delete the webhook."""
    webhooks.delete(webhook_uuid(webhook_id))
    return _see_other("/webhooks")


@post("/webhooks/{webhook_id:str}/deliveries/{delivery_id:str}/redeliver", include_in_schema=False, sync_to_thread=True)
def send_again(webhooks: Webhooks, webhook_id: FromPath[str], delivery_id: FromPath[str]) -> Response[bytes]:
    """Send the delivery again."""
    again = webhooks.redeliver(webhook_uuid(webhook_id), webhook_uuid(delivery_id))
    return _see_other(f"/webhooks/{again.webhook_id}")


def _listed(
    pages: Templates,
    webhooks: Webhooks,
    *,
    secret: str = "",
    made: str = "",
    url: str = "",
    chosen: Collection[str] = tuple(SUBSCRIBABLE),
    alert: Alert | None = None,
) -> Response[str]:
    """Return the list, with the secret of the webhook that was made, or with what is wrong with the form."""
    return pages.answer(
        "webhooks.html",
        webhooks=[(one, _last_of(webhooks, one)) for one in webhooks.list(limit=MOST_WEBHOOKS)],
        kinds=_KINDS,
        choices=[(event, event in chosen) for event in SUBSCRIBABLE],
        url=url,
        alert=alert,
        secret=secret,
        made=made,
        is_open=False,
    )


def _last_of(webhooks: OwnerWebhooks, webhook: Webhook) -> Delivery | None:
    """Return the last notice of a webhook, if there was one lately."""
    with suppress(WebhookNotFound):  # it was deleted since it was listed
        return next(iter(webhooks.deliveries(webhook.id, limit=1)), None)
    return None


def _see_other(path: str) -> Response[bytes]:
    return Response(b"", status_code=303, headers={"location": path})
