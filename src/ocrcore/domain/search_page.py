"""A page as the search index has it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from ocrcore.domain.item import Item
from ocrcore.domain.search_terms import page_terms

_EPOCH: Final = datetime(2020, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
#: Numbers for each microsecond.
_SLOTS: Final = 4096


@dataclass(frozen=True, slots=True)
class SearchPage:
    """A row of the search index."""

    #: Its place among all pages: hits come by number, highest first. An index takes the next one that is free.
    number: int
    job_id: UUID
    item_id: UUID
    #: As :func:`ocrcore.domain.search_terms.page_terms` returns them.
    terms: str

    @classmethod
    def of(cls, item: Item, terms: str) -> "SearchPage":
        """Return the row of a DONE item."""
        assert item.finished_at is not None  # noqa: S101 - for the type checker: it is DONE
        return cls(page_number(item.finished_at, item.position), item.job_id, item.id, terms)

    @classmethod
    def read(cls, item: Item, owner: str) -> "SearchPage":
        """Return the row of a DONE item of this owner, from its text."""
        return cls.of(item, page_terms(owner, item.ocr_text or ""))


def page_number(finished_at: datetime, position: int) -> int:
    """Return the number of a page: later ones have higher numbers; of those finished together, the first has.

    Pages of two jobs have the same number if they were finished in the same microsecond.
    """
    instant = (finished_at - _EPOCH) // _MICROSECOND
    return instant * _SLOTS + _SLOTS - 1 - position % _SLOTS
