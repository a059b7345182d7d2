"""The search index: which pages have the words of a query.

Pages are added by ``JobTransaction.index``, in the transaction that finishes them or that finds them missing.
"""

from abc import abstractmethod
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from ocrcore.domain.item import Item
from ocrcore.domain.job import Job
from ocrcore.domain.search_page import SearchPage
from ocrcore.domain.search_query import SearchQuery


@dataclass(frozen=True, slots=True)
class Match:
    """A page that was found."""

    #: Its place in the index; the cursor of a search.
    number: int
    job: Job
    item: Item


@dataclass(frozen=True, slots=True)
class Matches:
    """Some of the pages that match, by number, highest first."""

    found: Sequence[Match]
    #: Where to go on: pages with lower numbers were not looked at. None if there are none.
    before: int | None


@dataclass(frozen=True, slots=True)
class IndexRow:
    """A row of the index, for consistency checks."""

    number: int
    job_id: UUID
    item_id: UUID
    #: Whether it belongs to a DONE item that exists and counts as indexed.
    is_right: bool


class SearchIndex(Protocol):
    """The search index. Reads see committed pages of living jobs only."""

    @abstractmethod
    def find(self, owner: str, query: SearchQuery, before: int | None, limit: int) -> Matches:
        """Return DONE pages of the owner that have every phrase, with numbers below ``before``, at most ``limit``.

        The work of one call is bounded. So it may return fewer pages, or none, although there are more; ``before`` of
        the answer says so.
        """

    @abstractmethod
    def remove(self, job_id: UUID, limit: int) -> int:
        """Delete up to ``limit`` rows of a job in a transaction of their own; return how many, 0 if none is left."""

    @abstractmethod
    def rows(self, after: int | None, limit: int) -> Sequence[IndexRow]:
        """Return rows with numbers above ``after`` (None: from the lowest), by number."""

    @abstractmethod
    def missing(self, item_ids: Sequence[UUID]) -> AbstractSet[UUID]:
        """Return those of these items that have no row."""

    @abstractmethod
    def unlike(self, pages: Sequence[SearchPage]) -> AbstractSet[UUID]:
        """Return the items of those of these pages that have a row, but with other terms, or are not found by all.

        ``JobTransaction.reindex`` puts both right. Terms of a page beside its own lead to no hit, and are left.
        """

    @abstractmethod
    def discard(self, numbers: Sequence[int]) -> int:
        """Delete those of these rows that are not right; return how many."""

    @abstractmethod
    def backlog(self, limit: int) -> int:
        """Return how many DONE items wait to be indexed, counting to ``limit`` at most."""
