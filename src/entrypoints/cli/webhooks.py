"""``ocrcore webhooks``: have a running service tell others when jobs are finished and deleted."""

from collections.abc import Callable, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Final

import click

from entrypoints.cli.client_command import client_command
from entrypoints.cli.job_ids import chosen

if TYPE_CHECKING:
    from entrypoints.client import Client
    from ocrcore.formats.webhook_views import DeliveryView

_JSON: Final = click.option("--json", "as_json", is_flag=True, help="Print the API's answer as JSON, for machines.")


@click.group(short_help="Have your programs told of jobs.")
def webhooks() -> None:
    """Have a running service tell your own programs when jobs are finished and deleted.

    \b
      ocrcore webhooks create https://example.org/hook
      ocrcore webhooks deliveries last

    ID is the id of a webhook, its beginning (at least 4 characters), or "last" for the newest. So is DELIVERY, of a
    delivery.
    """  # noqa: D301 - the backslash is click's


def _command(name: str) -> Callable[[Callable[..., None]], click.Command]:
    """Return a decorator that makes a command of this group, as :func:`client_command` does."""

    def decorate(function: Callable[..., None]) -> click.Command:
        command = client_command(name)(function)
        webhooks.add_command(command)
        return command

    return decorate


@_command("create")
@click.argument("target", metavar="URL")
@click.option("--event", "events", multiple=True, help="job.finished or job.deleted; by default both.")
@_JSON
def create(client: "Client", *, target: str, events: Sequence[str], as_json: bool) -> None:
    """Have URL told, and print the secret with which the requests are signed. It is shown this once.

    \b
      ocrcore webhooks create https://example.org/hook --event job.finished
    """  # noqa: D301 - the backslash is click's
    from entrypoints.cli import jobs_view as view  # noqa: PLC0415 - so that every command starts fast

    made = client.create_webhook(target, events=events or None)
    if as_json:
        view.show_json(made)
    else:
        click.echo(f"CREATED {made.id}", err=True)
        click.echo(made.secret)


@_command("list")
@_JSON
def list_webhooks(client: "Client", *, as_json: bool) -> None:
    """List the webhooks, newest first, without their secrets.

    \b
      ocrcore webhooks list
    """  # noqa: D301 - the backslash is click's
    from entrypoints.cli import jobs_view as view  # noqa: PLC0415

    found = list(client.webhooks())
    if as_json:
        view.show_json(found)
        return
    rows = [
        (hook.id, "told" if hook.disabled_at is None else "gone", hook.created_at[:16].replace("T", " "), hook.url)
        for hook in found
    ]
    view.show_table(("ID", "STATE", "CREATED (UTC)", "URL"), rows)


@_command("deliveries")
@click.argument("webhook_id", metavar="ID")
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="How many, the newest first.")
@_JSON
def deliveries(client: "Client", *, webhook_id: str, limit: int, as_json: bool) -> None:
    """List what a webhook was told within the last 30 days, and how that went.

    \b
      ocrcore webhooks deliveries last
    """  # noqa: D301 - the backslash is click's
    from entrypoints.cli import jobs_view as view  # noqa: PLC0415

    found = list(islice(client.deliveries(_webhook(client, webhook_id)), limit))
    if as_json:
        view.show_json(found)
    else:
        view.show_table(("ID", "STATUS", "ATTEMPTS", "CREATED (UTC)", "EVENT", "JOB", "WHY"), list(map(_row, found)))


@_command("redeliver")
@click.argument("webhook_id", metavar="ID")
@click.argument("delivery_id", metavar="DELIVERY")
@_JSON
def redeliver(client: "Client", *, webhook_id: str, delivery_id: str, as_json: bool) -> None:
    """Send a delivery again, whatever became of it.

    \b
      ocrcore webhooks redeliver last last
    """  # noqa: D301 - the backslash is click's
    webhook_id = _webhook(client, webhook_id)
    delivery_id = chosen(delivery_id, "delivery", lambda: [one.id for one in client.deliveries(webhook_id)])
    _show(client.redeliver(webhook_id, delivery_id), as_json=as_json)


@_command("ping")
@click.argument("webhook_id", metavar="ID")
@_JSON
def ping(client: "Client", *, webhook_id: str, as_json: bool) -> None:
    """Send an event of the type ping, as a test.

    \b
      ocrcore webhooks ping last
    """  # noqa: D301 - the backslash is click's
    _show(client.ping_webhook(_webhook(client, webhook_id)), as_json=as_json)


@_command("delete")
@click.argument("webhook_id", metavar="ID")
def delete(client: "Client", *, webhook_id: str) -> None:
    """Delete a webhook and its deliveries.

    \b
      ocrcore webhooks delete 019ac5f2
    """  # noqa: D301 - the backslash is click's
    webhook_id = _webhook(client, webhook_id)
    client.delete_webhook(webhook_id)
    click.echo(f"DELETED {webhook_id}")


def _webhook(client: "Client", given: str) -> str:
    """Return the id that is meant."""
    return chosen(given, "webhook", lambda: [one.id for one in client.webhooks()])


def _row(delivery: "DeliveryView") -> Sequence[str]:
    why = delivery.error or "-"
    shown = f"{why} ({delivery.answer})" if delivery.answer is not None and delivery.error else why
    at = delivery.created_at[:16].replace("T", " ")
    return delivery.id, delivery.status, str(delivery.attempts), at, delivery.event, delivery.job_id or "-", shown


def _show(delivery: "DeliveryView", *, as_json: bool) -> None:
    from entrypoints.cli import jobs_view as view  # noqa: PLC0415

    if as_json:
        view.show_json(delivery)
    else:
        click.echo(f"{delivery.status} {delivery.id}")
