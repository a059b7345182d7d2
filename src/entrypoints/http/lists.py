"""Lists with keyset pagination.

A cursor is the key of the last row of a page. It is encoded only to discourage clients from building cursors, and is
not secret.
"""

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import isfinite
from typing import Final, TypeVar
from uuid import UUID

from ocrcore import Item, Job, JobCursor, ReviewCursor
from ocrcore.domain.errors import InvalidPage
from ocrcore.domain.instants import format_instant, parse_instant
from ocrcore.formats.views import ItemView, JobView

T = TypeVar("T")
#: Characters of all texts of an answer, which a single row may exceed.
_MOST_TEXT: Final = 4_194_304
#: Rows that are looked up at a time. Items may have megabytes each; jobs rarely do.
_ITEMS, _JOBS = 16, 50
#: Characters of a warning about a file in an answer, without the file's name; about.
_WARNING: Final = 200
#: Positions fit a 32-bit column.
_MOST = 2**31 - 1
#: Numbers of pages in the search index fit a 64-bit column.
_LARGEST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class JobList:
    """A page of jobs, newest first; ``next_cursor`` is null on the last page."""

    jobs: Sequence[JobView]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class ItemList:
    """A page of items, by position; ``next_cursor`` is null on the last page."""

    items: Sequence[ItemView]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class ReviewList:
    """A page of items of all jobs, by confidence; ``next_cursor`` is null on the last page."""

    items: Sequence[ItemView]
    next_cursor: str | None


def job_list(jobs: Sequence[Job], blocked_by: Sequence[str | None], *, has_more: bool) -> JobList:
    """Return a page of jobs, each with a reason or None; ``has_more`` if there is a next page."""
    return JobList(
        [JobView.of(job, why) for job, why in zip(jobs, blocked_by, strict=True)],
        seal_place(jobs[-1].created_at, jobs[-1].id) if has_more else None,
    )


def few_jobs(limit: int, look: Callable[[Job | None, int], Sequence[Job]]) -> tuple[Sequence[Job], bool]:
    """Return up to ``limit`` jobs, fewer if they have many warnings, and whether there are more: see ``few_items``."""
    return _few(limit, look, _JOBS, lambda job: sum(len(warning.file) + _WARNING for warning in job.warnings))


def few_items(limit: int, look: Callable[[Item | None, int], Sequence[Item]]) -> tuple[Sequence[Item], bool]:
    """Return up to ``limit`` items, fewer if their texts are long, and whether there are more.

    ``look`` returns up to so many items after one. It is asked for some at a time, because all that it returns is in
    memory, and a page may have megabytes of text.
    """
    return _few(limit, look, _ITEMS, lambda item: len(item.ocr_text or ""))


def _few(
    limit: int, look: Callable[[T | None, int], Sequence[T]], step: int, length_of: Callable[[T], int]
) -> tuple[Sequence[T], bool]:
    found: list[T] = []
    length = 0
    while True:
        taken = min(step, limit - len(found))
        some = look(found[-1] if found else None, taken + 1)
        for row in some[:taken]:
            length += length_of(row)
            if found and length > _MOST_TEXT:
                return found, True
            found.append(row)
        if len(some) <= taken or len(found) == limit:
            return found, len(some) > taken


def item_list(items: Sequence[Item], *, has_more: bool, recognised: bool = False) -> ItemList:
    """Return a page of items by position; ``has_more`` if there is a next page."""
    views = [ItemView.of(item, recognised=recognised) for item in items]
    return ItemList(views, seal(str(items[-1].position)) if has_more else None)


def review_list(items: Sequence[Item], *, has_more: bool) -> ReviewList:
    """Return a page of items by confidence; ``has_more`` if there is a next page."""
    return ReviewList([ItemView.of(item) for item in items], review_place(items[-1]) if has_more else None)


def review_place(item: Item) -> str:
    """Return the cursor of the pages after this one in a list by confidence."""
    return seal(f"{'' if item.confidence is None else repr(item.confidence)}|{item.id}")


def review_cursor(cursor: str | None) -> ReviewCursor | None:
    """Return the end of the previous page, or None for the first page. Raises ``InvalidPage``."""
    if cursor is None:
        return None
    try:
        confidence, _, item_id = unseal(cursor).partition("|")
        place = ReviewCursor(float(confidence) if confidence else None, UUID(item_id))
    except ValueError as error:
        raise bad_cursor() from error
    if place.confidence is not None and not isfinite(place.confidence):
        raise bad_cursor()
    return place


def job_cursor(cursor: str | None) -> JobCursor | None:
    """Return the end of the previous page, or None for the first page. Raises ``InvalidPage``."""
    return place_of(cursor, lambda created_at, job_id: JobCursor(created_at, UUID(job_id)))


def item_cursor(cursor: str | None) -> int:
    """Return the last position of the previous page, or -1 for the first page. Raises ``InvalidPage``."""
    if cursor is None:
        return -1
    try:
        position = int(unseal(cursor))
    except ValueError as error:
        raise bad_cursor() from error
    if not 0 <= position <= _MOST:
        raise bad_cursor()
    return position


def number_cursor(cursor: str | None) -> int | None:
    """Return the number of the last hit of the previous page, or None for the first page. Raises ``InvalidPage``."""
    if cursor is None:
        return None
    try:
        number = int(unseal(cursor))
    except ValueError as error:
        raise bad_cursor() from error
    if abs(number) > _LARGEST:
        raise bad_cursor()
    return number


def instant(name: str, text: str | None) -> datetime | None:
    """Return the instant of the query parameter ``name``, or None if it is absent. Raises ``InvalidPage``."""
    try:
        return None if text is None else parse_instant(text)
    except ValueError as error:
        msg = f"{name} must be an instant such as 2026-11-23T20:00:00Z."
        raise InvalidPage(msg) from error


def seal_place(at: datetime, name: object) -> str:
    """Return the cursor of a list that runs by instant, then by a name."""
    return seal(f"{format_instant(at)}|{name}")


def place_of(cursor: str | None, make: Callable[[datetime, str], T]) -> T | None:
    """Return what ``make`` returns for the place of a cursor, or None for the first page. Raises ``InvalidPage``."""
    if cursor is None:
        return None
    try:
        at, _, name = unseal(cursor).partition("|")
        return make(parse_instant(at), name)
    except ValueError as error:
        raise bad_cursor() from error


def bad_cursor() -> InvalidPage:
    """Return the error for an invalid cursor."""
    return InvalidPage("cursor must be the next_cursor of the page before, unchanged.")


def seal(text: str) -> str:
    """Return the text as a cursor."""
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def unseal(cursor: str) -> str:
    """Return the text of a cursor. Raises ``ValueError`` for an invalid one."""
    padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
    return base64.b64decode(padded, altchars=b"-_", validate=True).decode("ascii")
