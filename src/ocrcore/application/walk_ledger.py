"""Walking the ledger: all rows, a page at a time, and one job's rows again for a second look."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final
from uuid import UUID

from ocrcore.application.context import Context
from ocrcore.domain.account import Account
from ocrcore.domain.keys import job_folder
from ocrcore.ports.ledger import BEGINNING, NIL, Entry, Place

#: Rows of jobs, and of items, that are in memory at once.
_ACCOUNTS: Final = 200
_ENTRIES: Final = 1000


def all_accounts(context: Context) -> Iterator[Account]:
    """Yield every job, drafts too, by id."""
    after = NIL
    while page := context.ledger.accounts(after, _ACCOUNTS):
        yield from page
        after = page[-1].job_id


def all_entries(context: Context) -> Iterator[Entry]:
    """Yield every item, by job and position."""
    return _entries_beyond(context, BEGINNING)


def by_job(entries: Iterator[Entry]) -> Iterator[tuple[UUID, Sequence[Entry]]]:
    """Yield the items of each job together; as many are in memory as one job has."""
    for job_id, group in groupby(entries, key=lambda entry: entry.place.job_id):
        yield job_id, list(group)


def account_of(context: Context, job_id: UUID) -> Account | None:
    """Return a job's account as it is now, or None where there is no such row."""
    page = context.ledger.accounts(_before(job_id), 1)
    return page[0] if page and page[0].job_id == job_id else None


def entries_of(context: Context, job_id: UUID) -> Sequence[Entry]:
    """Return the items of a job as they are now."""
    found = []
    for entry in _entries_beyond(context, Place(job_id, -1)):
        if entry.place.job_id != job_id:
            break
        found.append(entry)
    return found


def with_a_page_of_others(entries: Sequence[Entry]) -> Sequence[Entry]:
    """Return those of a job's items that name a page of another job, or one that an item before them names already."""
    seen: set[tuple[str, int]] = set()
    found = []
    for entry in entries:
        page = entry.s3_key, entry.page
        if page in seen or not entry.s3_key.startswith(job_folder(entry.place.job_id)):
            found.append(entry)
        seen.add(page)
    return found


def entry_again(context: Context, entry: Entry) -> Entry | None:
    """Return the item as it is now, or None where it is gone."""
    page = context.ledger.entries(Place(entry.place.job_id, entry.place.position - 1), 1)
    return page[0] if page and page[0].item_id == entry.item_id else None


def _entries_beyond(context: Context, place: Place) -> Iterator[Entry]:
    while page := context.ledger.entries(place, _ENTRIES):
        yield from page
        place = page[-1].place


def _before(job_id: UUID) -> UUID:
    return UUID(int=max(0, job_id.int - 1))
