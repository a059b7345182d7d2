"""Check that the search index has every page that counts as indexed, with its words, and no others.

An item is saved as indexed in the transaction that writes its row of the index, and its row is removed after the item.
So the item is read first, then the row, and then the item again.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby, islice
from uuid import UUID

from ocrcore.application.context import Context
from ocrcore.application.doctor.progress import Watch
from ocrcore.application.doctor.row_scan import all_items, item_again, job_row_of
from ocrcore.domain.errors import JobNotFound
from ocrcore.domain.finding import Finding, FindingKind
from ocrcore.domain.item_row import ItemRow, contradictions
from ocrcore.domain.lifecycle import ItemStatus
from ocrcore.domain.search_page import SearchPage
from ocrcore.ports.jobs import JobTransaction
from ocrcore.ports.search import IndexRow

#: Rows of one read; those with their texts.
_ROWS, _TEXTS = 500, 50


def examine_search(context: Context, watch: Watch, *, repair: bool) -> Iterator[Finding]:
    """Yield pages that the index has lost or has other words of, and rows of it that belong to no page."""
    indexed = (item for item in all_items(context) if item.is_indexed and item.status is ItemStatus.DONE)
    count = 0
    while items := list(islice(indexed, _ROWS)):
        count += len(items)
        watch("pages of the search index", count)
        missing = context.search.missing([item.item_id for item in items])
        for item in items:
            if item.item_id in missing and item_again(context, item) is not None:
                yield _missing(context, item, repair=repair)
        present = [item for item in items if item.item_id not in missing]
        for (job_id, _), group in groupby(present, key=lambda item: (item.place.job_id, item.place.position // _TEXTS)):
            yield from _unlike(context, job_id, list(group), repair=repair)
    yield from _examine_rows(context, repair=repair)


def _missing(context: Context, item: ItemRow, *, repair: bool) -> Finding:
    if repair:
        _add(context, item)
    seen = "the search index does not have this page"
    return Finding(FindingKind.UNSEARCHABLE_PAGE, seen, item.place.job_id, item.item_id, repaired=repair)


def _unlike(context: Context, job_id: UUID, rows: Sequence[ItemRow], *, repair: bool) -> Iterator[Finding]:
    """Yield those of some pages near one another of which the index has other words."""
    if any(any(contradictions(row)) for row in rows):
        return  # they are told of elsewhere, and cannot be read
    for item_id in _seen_unlike(context, job_id, rows):
        row = next(row for row in rows if row.item_id == item_id)
        if not _seen_unlike(context, job_id, [row]):
            continue  # it was corrected meanwhile
        if repair:
            _add(context, row)
        seen = "the search index has other words of this page"
        yield Finding(FindingKind.UNSEARCHABLE_PAGE, seen, job_id, item_id, repaired=repair)


def _seen_unlike(context: Context, job_id: UUID, rows: Sequence[ItemRow]) -> Sequence[UUID]:
    job = job_row_of(context, job_id)
    if job is None:
        return []
    ids = {row.item_id for row in rows}
    first, last = rows[0].place.position, rows[-1].place.position
    items = context.jobs.items(job_id, ItemStatus.DONE, first - 1, last - first + 1)
    pages = [SearchPage.read(item, job.owner) for item in items if item.id in ids and item.is_indexed]
    return sorted(context.search.unlike(pages)) if pages else []


def _add(context: Context, row: ItemRow) -> None:
    def decide(transaction: JobTransaction) -> None:
        item = transaction.item(row.item_id)
        if item is not None and item.is_indexed and item.status is ItemStatus.DONE:
            transaction.reindex(SearchPage.read(item, transaction.job.owner))

    try:
        context.jobs.transact(row.place.job_id, decide)
    except JobNotFound:
        return  # deleted since


def _examine_rows(context: Context, *, repair: bool) -> Iterator[Finding]:
    after = None
    while rows := context.search.rows(after, _ROWS):
        after = rows[-1].number
        wrong = sorted((row.job_id, row.number) for row in rows if not row.is_right)
        for job_id, group in groupby(wrong, key=lambda row: row[0]):
            yield from _examine_job(context, job_id, [number for _, number in group], repair=repair)


def _examine_job(context: Context, job_id: UUID, numbers: Sequence[int], *, repair: bool) -> Iterator[Finding]:
    if context.tombstones.get(job_id) is not None:
        return  # upkeep removes them
    left = [number for number in numbers if (row := _row(context, number)) is not None and not row.is_right]
    if not left:
        return
    if repair:
        context.search.discard(left)
    seen = f"{len(left)} {'row' if len(left) == 1 else 'rows'} of the search index, of pages that are not there"
    yield Finding(FindingKind.STRAY_SEARCH_ROWS, seen, job_id, number=len(left), repaired=repair)


def _row(context: Context, number: int) -> IndexRow | None:
    rows = context.search.rows(number - 1, 1)
    return rows[0] if rows and rows[0].number == number else None
