"""Reading rows: all of them, a page at a time, and one job's again for a second look."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final
from uuid import UUID

from ocrcore.application.context import Context
from ocrcore.domain.item_row import ItemRow, Place
from ocrcore.domain.job_row import JobRow
from ocrcore.domain.keys import job_folder
from ocrcore.ports.row_scan import BEGINNING, NIL

#: Rows of jobs, and of items, that are in memory at once.
_JOBS: Final = 200
_ITEMS: Final = 1000


def all_jobs(context: Context) -> Iterator[JobRow]:
    """Yield every job, drafts too, by id."""
    after = NIL
    while page := context.row_scan.jobs(after, _JOBS):
        yield from page
        after = page[-1].job_id


def all_items(context: Context) -> Iterator[ItemRow]:
    """Yield every item, by job and position."""
    return _items_beyond(context, BEGINNING)


def by_job(items: Iterator[ItemRow]) -> Iterator[tuple[UUID, Sequence[ItemRow]]]:
    """Yield the items of each job together; as many are in memory as one job has."""
    for job_id, group in groupby(items, key=lambda item: item.place.job_id):
        yield job_id, list(group)


def job_row_of(context: Context, job_id: UUID) -> JobRow | None:
    """Return a job's account as it is now, or None where there is no such row."""
    page = context.row_scan.jobs(_before(job_id), 1)
    return page[0] if page and page[0].job_id == job_id else None


def items_of(context: Context, job_id: UUID) -> Sequence[ItemRow]:
    """Return the items of a job as they are now."""
    found = []
    for item in _items_beyond(context, Place(job_id, -1)):
        if item.place.job_id != job_id:
            break
        found.append(item)
    return found


def sharing_a_page(items: Sequence[ItemRow]) -> Sequence[ItemRow]:
    """Return those of a job's items that name a page of another job, or one that an item before them names already."""
    seen: set[tuple[str, int]] = set()
    found = []
    for item in items:
        page = item.s3_key, item.page
        if page in seen or not item.s3_key.startswith(job_folder(item.place.job_id)):
            found.append(item)
        seen.add(page)
    return found


def item_again(context: Context, item: ItemRow) -> ItemRow | None:
    """Return the item as it is now, or None where it is gone."""
    page = context.row_scan.items(Place(item.place.job_id, item.place.position - 1), 1)
    return page[0] if page and page[0].item_id == item.item_id else None


def _items_beyond(context: Context, place: Place) -> Iterator[ItemRow]:
    while page := context.row_scan.items(place, _ITEMS):
        yield from page
        place = page[-1].place


def _before(job_id: UUID) -> UUID:
    return UUID(int=max(0, job_id.int - 1))
