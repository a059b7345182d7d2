"""``ocrcore jobs keys``: the keys of a client's own owner, through the service."""

from datetime import timedelta
from typing import TYPE_CHECKING

import click

from entrypoints.cli.job_ids import key_id as full_key_id
from entrypoints.cli.options import DURATION
from entrypoints.cli.service_command import AS_JSON, service_command

if TYPE_CHECKING:
    from collections.abc import Sequence

    from entrypoints.client import Client


@click.group("keys", short_help="Make, list, rotate and revoke keys of your own.")
def own_keys() -> None:
    """Make, list, rotate and revoke keys of your own, at a service with OCR_AUTH=keys.

    \b
      ocrcore jobs keys create --name scanner --scope write --expires 90d
      ocrcore jobs keys rotate ID
      ocrcore jobs keys revoke ID

    A key that is made has no more rights than the one that asks, and ends with it. The operator makes keys of every
    owner with ocrcore keys.
    """  # noqa: D301 - the backslash is click's


@service_command("list", own_keys)
@AS_JSON
def list_keys(client: "Client", *, as_json: bool) -> None:
    """List your keys, newest first, without their texts, which are kept nowhere.

    \b
      ocrcore jobs keys list
    """  # noqa: D301 - the backslash is click's
    from entrypoints.cli import jobs_view as view  # noqa: PLC0415 - so that every command starts fast

    found = list(client.keys())
    if as_json:
        view.show_json(found)
    else:
        view.show_keys(found)


@service_command("create", own_keys)
@click.option("--name", default="", help="What the key is called, as scanner.")
@click.option("--scope", help="Some of read, write and admin, as read,write; by default those two.")
@click.option("--expires", type=DURATION, help="How long it is alive, as 90d; by default as long as your own.")
@AS_JSON
def create(client: "Client", *, name: str, scope: str | None, expires: timedelta | None, as_json: bool) -> None:
    """Make a key, and print it. It is shown this once.

    \b
      ocrcore jobs keys create --name scanner --scope write --expires 90d
    """  # noqa: D301 - the backslash is click's
    from entrypoints.cli import jobs_view as view  # noqa: PLC0415

    scopes: Sequence[str] | None = None if scope is None else [one.strip() for one in scope.split(",")]
    made = client.create_key(name=name, scopes=scopes, expires_in=expires)
    if as_json:
        view.show_json(made)
    else:
        click.echo(made.key)


@service_command("rotate", own_keys)
@click.argument("key_id", metavar="ID")
@click.option(
    "--overlap", type=DURATION, default="1d", show_default=True, help="How long the old key lives beside the new one."
)
@AS_JSON
def rotate(client: "Client", *, key_id: str, overlap: timedelta, as_json: bool) -> None:
    """Make the successor of a key, with its name, scopes and lifetime, and print it. The old one ends soon.

    \b
      ocrcore jobs keys rotate ID > key
      ocrcore jobs keys rotate ID --overlap 1h

    ID may be its beginning (at least 4 characters), or "last" for the newest that is not revoked.
    """  # noqa: D301 - the backslash is click's
    from entrypoints.cli import jobs_view as view  # noqa: PLC0415

    made = client.rotate_key(_meant(client, key_id), overlap=overlap)
    if as_json:
        view.show_json(made)
    else:
        click.echo(made.key)


@service_command("revoke", own_keys)
@click.argument("key_id", metavar="ID")
def revoke(client: "Client", *, key_id: str) -> None:
    """End a key, for good.

    \b
      ocrcore jobs keys revoke ID

    ID may be its beginning (at least 4 characters), or "last" for the newest that is not revoked.
    """  # noqa: D301 - the backslash is click's
    key_id = _meant(client, key_id)
    client.revoke_key(key_id)
    click.echo(f"REVOKED {key_id}")


def _meant(client: "Client", given: str) -> str:
    found = client.keys()  # asked for when it is iterated
    return full_key_id(given, lambda: ((key.id, key.revoked_at is None) for key in found), whose=" of yours")
