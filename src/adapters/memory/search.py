"""The search index in memory: every page is looked at."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from uuid import UUID

from adapters.memory.database import MemoryDatabase
from ocrcore.domain.lifecycle import ItemStatus
from ocrcore.domain.search_page import SearchPage
from ocrcore.domain.search_query import SearchQuery
from ocrcore.domain.search_terms import has_phrases
from ocrcore.ports.search import IndexRow, Match, Matches, SearchIndex


class MemorySearchIndex(SearchIndex):
    """The search index of a :class:`MemoryDatabase`."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    def find(self, owner: str, query: SearchQuery, before: int | None, limit: int) -> Matches:
        """Return matching pages of the owner, by number, highest first."""
        pages = [page for page in self._pages() if before is None or page.number < before]
        with self._database.reading:
            found = [
                Match(page.number, job, item)
                for page in reversed(pages)
                if has_phrases(query, page.terms)
                and (job := self._database.jobs.get(page.job_id)) is not None
                and job.owner == owner
                and (item := self._database.items.get(page.item_id)) is not None
                and item.status is ItemStatus.DONE
            ]
        more = len(found) > limit
        return Matches(found[:limit], found[limit - 1].number if more else None)

    def remove(self, job_id: UUID, limit: int) -> int:
        """Delete up to ``limit`` rows of a job; return how many."""
        with self._database.exclusive():
            pages = self._database.pages
            found = [page.item_id for page in pages.values() if page.job_id == job_id][:limit]
            for item_id in found:
                del pages[item_id]
            return len(found)

    def rows(self, after: int | None, limit: int) -> Sequence[IndexRow]:
        """Return rows with numbers above ``after``, by number."""
        pages = [page for page in self._pages() if after is None or page.number > after]
        return [self._row(page) for page in pages[:limit]]

    def missing(self, item_ids: Sequence[UUID]) -> AbstractSet[UUID]:
        """Return those of these items that have no row."""
        with self._database.reading:
            return set(item_ids) - self._database.pages.keys()

    def unlike(self, pages: Sequence[SearchPage]) -> AbstractSet[UUID]:
        """Return the items of those of these pages that have a row with other terms."""
        with self._database.reading:
            rows = self._database.pages
            return {page.item_id for page in pages if page.item_id in rows and rows[page.item_id].terms != page.terms}

    def discard(self, numbers: Sequence[int]) -> int:
        """Delete those of these rows that are not right; return how many."""
        with self._database.exclusive():
            rows = [self._row(page) for page in self._pages() if page.number in set(numbers)]
            wrong = [row.item_id for row in rows if not row.is_right]
            for item_id in wrong:
                del self._database.pages[item_id]
            return len(wrong)

    def backlog(self, limit: int) -> int:
        """Return how many DONE items wait to be indexed."""
        with self._database.reading:
            items = self._database.items.values()
            waiting = sum(item.status is ItemStatus.DONE and not item.is_indexed for item in items)
        return min(waiting, limit)

    def _pages(self) -> Sequence[SearchPage]:
        with self._database.reading:
            return sorted(self._database.pages.values(), key=lambda page: page.number)

    def _row(self, page: SearchPage) -> IndexRow:
        with self._database.reading:
            item = self._database.items.get(page.item_id)
        is_right = item is not None and item.status is ItemStatus.DONE and item.is_indexed
        return IndexRow(page.number, page.job_id, page.item_id, is_right)
