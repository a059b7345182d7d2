"""Check that the search index has every page that counts as indexed, and no others.

An item is saved as indexed in the transaction that writes its row of the index, and its row is removed after the item.
So the item is read first, then the row, and then the item again.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby, islice
from typing import Final
from uuid import UUID

from ocrcore.application.context import Context
from ocrcore.application.doctor.progress import Watch
from ocrcore.application.doctor.row_scan import all_items, item_again
from ocrcore.domain.errors import JobNotFound
from ocrcore.domain.finding import Finding, FindingKind
from ocrcore.domain.item_row import ItemRow
from ocrcore.domain.lifecycle import ItemStatus
from ocrcore.domain.search_page import SearchPage
from ocrcore.ports.jobs import JobTransaction
from ocrcore.ports.search import IndexRow

#: Rows of one read.
_ROWS: Final = 500


def examine_search(context: Context, watch: Watch, *, repair: bool) -> Iterator[Finding]:
    """Yield pages that the index has lost, and rows of it that belong to no page."""
    indexed = (item for item in all_items(context) if item.is_indexed and item.status is ItemStatus.DONE)
    count = 0
    while items := list(islice(indexed, _ROWS)):
        count += len(items)
        watch("pages of the search index", count)
        missing = context.search.missing([item.item_id for item in items])
        for item in items:
            if item.item_id in missing and item_again(context, item) is not None:
                yield _missing(context, item, repair=repair)
    yield from _examine_rows(context, repair=repair)


def _missing(context: Context, item: ItemRow, *, repair: bool) -> Finding:
    if repair:
        _add(context, item)
    seen = "the search index does not have this page"
    return Finding(FindingKind.UNSEARCHABLE_PAGE, seen, item.place.job_id, item.item_id, repaired=repair)


def _add(context: Context, row: ItemRow) -> None:
    def decide(transaction: JobTransaction) -> None:
        item = transaction.item(row.item_id)
        if item is not None and item.is_indexed and item.status is ItemStatus.DONE:
            transaction.index([SearchPage.read(item, transaction.job.owner)])

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
