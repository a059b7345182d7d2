"""``ocrcore keys``: make, list, rotate and revoke API keys, in the database itself: no running service is needed."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING, Final

import click

from entrypoints.cli.environment import read_environment
from entrypoints.cli.errors import errors_in_one_line
from entrypoints.cli.job_ids import key_id as full_key_id
from entrypoints.cli.options import DURATION

if TYPE_CHECKING:
    from ocrcore.application.access.keys import NewKey, OperatorKeys
    from ocrcore.domain.api_key import ApiKey
    from ocrcore.formats.access_views import KeyView

_JSON: Final = click.option("--json", "as_json", is_flag=True, help="Print JSON, for machines.")
#: Keys of one page of the list.
_PAGE: Final = 200


@click.group(short_help="Make and end API keys, as the operator.")
def keys() -> None:
    """Make and end the keys that clients send to a service with OCR_AUTH=keys.

    \b
      ocrcore keys create ana --scope read,write --expires 90d
      ocrcore keys list
    """  # noqa: D301 - the backslash is click's


@keys.command()
@click.argument("owner")
@click.option("--name", default="", help="What the key is called, as scanner; two live keys may have one name.")
@click.option("--scope", default="read,write", show_default=True, help="Some of read, write and admin.")
@click.option("--expires", type=DURATION, help="How long it is alive, as 90d; by default until it is revoked.")
@_JSON
@errors_in_one_line
def create(owner: str, *, name: str, scope: str, expires: timedelta | None, as_json: bool) -> None:
    """Make a key for OWNER, and print it. It is shown this once: only its hash is kept.

    \b
      ocrcore keys create ana
      ocrcore keys create scanner --scope write --expires 90d

    A key opens the jobs of its owner. Jobs that were made without keys are those of the owner "local".
    """  # noqa: D301 - the backslash is click's
    from ocrcore.domain.api_key import parse_scopes  # noqa: PLC0415 - so that every command starts fast

    scopes = parse_scopes(scope)
    with _opened() as opened:
        made = opened.create(owner, name=name, scopes=scopes, expires_in=expires)
    _show_new(made, as_json=as_json)


@keys.command("list")
@click.option("--owner", help="Only the keys of this owner.")
@click.option("--limit", type=click.IntRange(1), default=1000, show_default=True, help="How many, the newest first.")
@_JSON
@errors_in_one_line
def list_keys(owner: str | None, *, limit: int, as_json: bool) -> None:
    """List keys, newest first, without their texts, which are kept nowhere.

    \b
      ocrcore keys list
    """  # noqa: D301 - the backslash is click's
    from entrypoints.cli import jobs_view as view  # noqa: PLC0415
    from ocrcore.formats.access_views import KeyView  # noqa: PLC0415

    with _opened() as opened:
        now, found = opened.now(), list(islice(_all(opened, owner), limit))
    if as_json:
        view.show_json([KeyView.of(key) for key in found])
        return
    rows = [_row(KeyView.of(key), "alive" if key.is_alive(now) else "ended") for key in found]
    view.show_table(("ID", "OWNER", "STATE", "SCOPES", "CREATED (UTC)", "EXPIRES", "LAST USED", "NAME"), rows)


@keys.command()
@click.argument("key_id", metavar="ID")
@errors_in_one_line
def revoke(key_id: str) -> None:
    """End a key, for good. Within five seconds no process serves it any more.

    \b
      ocrcore keys revoke ID

    ID may be its beginning (at least 4 characters), or "last" for the newest that is alive. Other keys and webhooks
    that it has made go on; they are named on stderr.
    """  # noqa: D301 - the backslash is click's
    with _opened() as opened:
        key = opened.revoke(_meant(opened, key_id))
        left = opened.left_by(key)
    click.echo(f"REVOKED {key.id}")
    for other in left.keys:
        click.echo(f"It has made the key {other}, which is alive: ocrcore keys revoke {other}", err=True)
    for webhook in left.webhooks:
        way = f"delete it with another key of {key.owner}, by ocrcore webhooks delete {webhook}"
        click.echo(f"It has made the webhook {webhook}, which is told on: {way}", err=True)


@keys.command()
@click.argument("key_id", metavar="ID")
@click.option(
    "--overlap",
    type=DURATION,
    default="1d",
    show_default=True,
    help="How long the old key lives beside the new one.",
)
@_JSON
@errors_in_one_line
def rotate(key_id: str, *, overlap: timedelta, as_json: bool) -> None:
    """Make the successor of a key, with its owner, name, scopes and lifetime, and print it. The old one ends soon.

    \b
      ocrcore keys rotate ID --overlap 12h

    ID may be its beginning (at least 4 characters), or "last" for the newest that is alive.
    """  # noqa: D301 - the backslash is click's
    with _opened() as opened:
        made = opened.rotate(_meant(opened, key_id), overlap=overlap)
    _show_new(made, as_json=as_json)


@contextmanager
def _opened() -> "Iterator[OperatorKeys]":
    """Yield the keys of the backend of the settings; nothing else of it has to work but the database."""
    from entrypoints.bootstrap import open_examined  # noqa: PLC0415
    from entrypoints.logs import configure_logs  # noqa: PLC0415

    settings = read_environment()
    configure_logs(settings.log)
    with open_examined(settings) as opened:
        yield opened.service.keys


def _meant(opened: "OperatorKeys", given: str) -> str:
    now = opened.now()
    return full_key_id(given, lambda: ((key.id, key.is_alive(now)) for key in _all(opened, None)))


def _all(opened: "OperatorKeys", owner: str | None) -> "Iterator[ApiKey]":
    from ocrcore.ports.api_keys import KeyCursor  # noqa: PLC0415

    after = None
    while page := opened.list(owner, after=after, limit=_PAGE):
        yield from page
        after = KeyCursor(page[-1].created_at, page[-1].id)


def _show_new(made: "NewKey", *, as_json: bool) -> None:
    from entrypoints.cli import jobs_view as view  # noqa: PLC0415
    from ocrcore.formats.access_views import NewKeyView  # noqa: PLC0415

    if as_json:
        view.show_json(NewKeyView.of(made.key, made.text))
    else:
        click.echo(made.text)


def _row(key: "KeyView", state: str) -> Sequence[str]:
    instants = (key.created_at, key.expires_at, key.last_used_at)
    shown = ("-" if instant is None else instant[:16].replace("T", " ") for instant in instants)
    return key.id, key.owner, state, ",".join(key.scopes), *shown, key.name
