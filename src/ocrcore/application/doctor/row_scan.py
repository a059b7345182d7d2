"""Row scans: all rows, page by page, and the rows of one job again for a second check."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final
from uuid import UUID

from ocrcore.application.context import Context
from ocrcore.domain.item_row import ItemRow, Place
from ocrcore.domain.job_row import JobRow
from ocrcore.domain.keys import job_folder
from ocrcore.ports.row_scan import BEGINNING, NIL

#: Page sizes of the scans.
_JOBS: Final = 200
_ITEMS: Final = 1000


def all_jobs(context: Context) -> Iterator[JobRow]:
    """Yield every job, including drafts, by id."""
    after = NIL
    while page := context.row_scan.jobs(after, _JOBS):
        yield from page
        after = page[-1].job_id


def all_items(context: Context) -> Iterator[ItemRow]:
    """Yield every item, by job and position."""
    return _items_after(context, BEGINNING)


def by_job(items: Iterator[ItemRow]) -> Iterator[tuple[UUID, Sequence[ItemRow]]]:
    """Yield the items of each job together; the items of one job are in memory at once."""
    for job_id, group in groupby(items, key=lambda item: item.place.job_id):
        yield job_id, list(group)


def job_row_of(context: Context, job_id: UUID) -> JobRow | None:
    """Return a job's current row, or None if it does not exist."""
    page = context.row_scan.jobs(_before(job_id), 1)
    return page[0] if page and page[0].job_id == job_id else None


def items_of(context: Context, job_id: UUID) -> Sequence[ItemRow]:
    """Return the current rows of a job's items."""
    found = []
    for item in _items_after(context, Place(job_id, -1)):
        if item.place.job_id != job_id:
            break
        found.append(item)
    return found


def sharing_a_page(items: Sequence[ItemRow]) -> Sequence[ItemRow]:
    """Return the items of a job that refer to a document of another job, or to the page of a previous item."""
    seen: set[tuple[str, int]] = set()
    found = []
    for item in items:
        page = item.s3_key, item.page
        if page in seen or not item.s3_key.startswith(job_folder(item.place.job_id)):
            found.append(item)
        seen.add(page)
    return found


def item_again(context: Context, item: ItemRow) -> ItemRow | None:
    """Return the item's current row, or None if it is gone."""
    page = context.row_scan.items(Place(item.place.job_id, item.place.position - 1), 1)
    return page[0] if page and page[0].item_id == item.item_id else None


def _items_after(context: Context, place: Place) -> Iterator[ItemRow]:
    while page := context.row_scan.items(place, _ITEMS):
        yield from page
        place = page[-1].place


def _before(job_id: UUID) -> UUID:
    return UUID(int=max(0, job_id.int - 1))
