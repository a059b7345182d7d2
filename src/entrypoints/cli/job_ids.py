"""Ids as people type them: ``last``, or as much of an id as tells it from the others; a page as ``JOB/PAGE``."""

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Final

import click
from click.shell_completion import CompletionItem

from entrypoints.cli.errors import FAILED, USAGE, fail
from ocrcore.domain.api_key import is_key_id

if TYPE_CHECKING:
    from entrypoints.client import Client
    from ocrcore.formats.views import JobView

#: The newest job.
LAST: Final = "last"
#: Fewest characters of a beginning.
_FEWEST: Final = 4
_BEGINNING: Final = re.compile(rf"(?=.{{{_FEWEST},35}}\Z)[0-9a-f]+(-[0-9a-f]*)*", re.IGNORECASE)
_HEX: Final = re.compile("[0-9a-f]+", re.IGNORECASE)
#: What the id of a key, or its beginning, is made of.
_LETTERS: Final = re.compile("[0-9a-z]{1,8}", re.IGNORECASE | re.ASCII)
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
    if not _is_beginning(given):
        return given
    found = list(islice(_beginning_with(client, given.lower()), 2))
    return _the_one([job.id for job in found], given, "job")


def chosen(given: str, what: str, ids: Callable[[], Sequence[str]]) -> str:
    """Return the id that is meant of a few, newest first; whatever looks like none is returned as it is.

    Exits if it is the beginning of none, or of several; ``what`` they are.
    """
    if given == LAST:
        newest = next(iter(ids()), None)
        return newest if newest is not None else fail(f"There is no {what} of yours.", FAILED)
    if not _is_beginning(given):
        return given
    return _the_one([one for one in ids() if one.startswith(given.lower())], given, what)


def key_id(given: str, keys: Callable[[], Iterable[tuple[str, bool]]], *, whose: str = "") -> str:
    """Return the id of the key that is meant of some, newest first, each with whether it is alive.

    ``last`` is the newest that is alive. Whatever looks like no beginning is returned as it is. Exits as :func:`chosen`
    does; ``whose`` says of what keys these are, as `` of yours``.
    """
    if given == LAST:
        newest = next((one for one, is_alive in keys() if is_alive), None)
        return newest if newest is not None else fail(f"There is no key{whose} that is alive.", FAILED)
    if not _LETTERS.fullmatch(given) or is_key_id(given):
        return given
    if len(given) < _FEWEST:
        fail(_too_short(given), USAGE)
    return _the_one([one for one, _ in keys() if one.startswith(given)], given, "key", whose)


def item_id(client: "Client", given: str) -> str:
    """Return the id of a page that is given as such, or as its job and its number, as ``last/2``."""
    from entrypoints.cli.job_files import page_of  # noqa: PLC0415 - so that every command starts fast

    job, slash, number = given.partition("/")
    if not slash and job != LAST:
        if _is_beginning(given):
            fail(f"{given} is no whole id of a page; name it by its job and its number instead, as last/2.", USAGE)
        return given
    if not slash:
        newest = client.get(full_id(client, LAST))
        if newest.items.total != 1:
            fail(f"The last job has {newest.items.total} pages; name one of them, as last/2.", USAGE)
        return page_of(client, newest.id, 1).id
    if not (number.isascii() and number.isdigit() and int(number)):
        fail(f"{given} names no page; it is a job and the number of a page in it, from 1, as last/2.", USAGE)
    return page_of(client, full_id(client, job), int(number)).id


def _is_beginning(given: str) -> bool:
    """Return whether this is a part of an id. Exits if it is too short a part."""
    if 0 < len(given) < _FEWEST and _HEX.fullmatch(given):
        fail(_too_short(given), USAGE)
    return _BEGINNING.fullmatch(given) is not None


def _too_short(given: str) -> str:
    return f"{given} is too short a beginning of an id; type at least {_FEWEST} characters."


def _the_one(found: Sequence[str], given: str, what: str, whose: str = " of yours") -> str:
    if not found:
        fail(f"There is no {what}{whose} whose id begins with {given}.", FAILED)
    if len(found) > 1:
        plural = {"delivery": "deliveries"}.get(what, f"{what}s")
        fail(f"The ids of several {plural} begin with {given}: {', '.join(found[:2])}; type more of it.", USAGE)
    return found[0]


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
