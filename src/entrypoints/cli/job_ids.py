"""The ids of jobs as people type them: ``last``, or as much of an id as tells it from the others."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Final

import click
from click.shell_completion import CompletionItem

from entrypoints.cli.errors import FAILED, USAGE, fail

if TYPE_CHECKING:
    from entrypoints.client import Client
    from ocrcore.formats.views import JobView

#: The newest job.
LAST: Final = "last"
#: Fewest characters of a beginning.
_FEWEST: Final = 4
_BEGINNING: Final = re.compile(rf"(?=.{{{_FEWEST},35}}\Z)[0-9a-f]+(-[0-9a-f]*)*", re.IGNORECASE)
#: Digits of an id (UUID version 7) that are the milliseconds since 1970 when it was made.
_DIGITS_OF_TIME: Final = 12
#: How far the clock that made an id may be from the one of the list.
_APART: Final = timedelta(minutes=10)
#: Jobs that the shell offers, and the seconds that it waits for them.
_OFFERED, _PATIENCE = 20, 1.0


def full_id(client: "Client", given: str) -> str:
    """Return the id that is meant; whatever looks like none is returned as it is, for the service to refuse.

    Exits if it is the beginning of no job's id, or of those of several.
    """
    if given == LAST:
        newest = next(client.list(limit=1), None)
        if newest is None:
            fail("There is no job of yours.", FAILED)
        return newest.id
    if not _BEGINNING.fullmatch(given):
        return given
    found = list(islice(_beginning_with(client, given.lower()), 2))
    if not found:
        fail(f"There is no job of yours whose id begins with {given}.", FAILED)
    if len(found) > 1:
        fail(
            f"The ids of several jobs begin with {given}: {', '.join(job.id for job in found)}; type more of it.", USAGE
        )
    return found[0].id


def complete_id(ctx: click.Context, _: click.Parameter, incomplete: str) -> Sequence[CompletionItem]:
    """Return the newest jobs whose ids begin with what was typed, for the shell; none if the service is away."""
    from entrypoints.cli.key_file import read_key  # noqa: PLC0415 - so that every command starts fast
    from entrypoints.client import Client  # noqa: PLC0415

    try:
        url = ctx.params.get("url") or "http://127.0.0.1:8000"
        with Client(url, key=read_key(ctx.params.get("key_file")), timeout=_PATIENCE, pauses=()) as client:
            jobs = [job for job in client.list(limit=_OFFERED) if job.id.startswith(incomplete)]
    except Exception:  # noqa: BLE001 - whatever it is, there is nothing to offer
        return []
    offered = [CompletionItem(job.id, help=f"{job.status} {job.name}") for job in jobs]
    return [*offered, CompletionItem(LAST, help="the newest")] if LAST.startswith(incomplete) else offered


def _beginning_with(client: "Client", beginning: str) -> "Sequence[JobView]":
    """Return the jobs whose ids begin so, at most two. Ids say when they were made, so few jobs are looked at."""
    digits = beginning.replace("-", "")[:_DIGITS_OF_TIME]
    try:
        first, last = (_instant(digits.ljust(_DIGITS_OF_TIME, fill)) for fill in "0f")
        jobs = client.list(created_after=first - _APART, created_before=last + _APART)
    except OverflowError:  # no clock has shown such a year
        return []
    return list(islice((job for job in jobs if job.id.startswith(beginning)), 2))


def _instant(digits: str) -> datetime:
    return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=int(digits, 16))
